//! GitHub, with its documented answers from a stand-in.

use keystead::domain::email::Email;
use serde_json::json;

use super::*;
use crate::stand_in::{Behaviour, StandIn, json_headers};

const TOKEN: &str = "/login/oauth/access_token";
const USER: &str = "/api/v3/user";
const EMAILS: &str = "/api/v3/user/emails";

async fn started() -> (StandIn, OauthDoor) {
    let stand_in = StandIn::start().await;
    stand_in.plays_github();
    let door = door(settings(vec![github(&stand_in.url())]));
    (stand_in, door)
}

#[actix_web::test]
async fn somebody_is_who_the_api_says() {
    let (stand_in, door) = started().await;
    let url = authorize(&door, "github").await.unwrap();
    let asked: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert!(url.as_str().starts_with(&format!("{}/login/oauth/authorize?", stand_in.url())), "{url}");
    assert_eq!((asked["client_id"].as_str(), asked["scope"].as_str()), ("keystead", "read:user user:email"));
    assert_eq!((asked["code_challenge_method"].as_str(), asked["state"].as_str()), ("S256", "af0ifjsldkj"));
    let account = redeem(&door, "github").await.unwrap();
    assert_eq!((account.provider.as_str(), account.subject.as_str()), ("github", "583231"));
    assert_eq!((account.issuer.as_str(), account.email_verified), (stand_in.url().as_str(), true));
    assert_eq!(account.email.unwrap().as_entered(), "mona@example.org");
    assert_eq!(account.name.unwrap().as_str(), "monalisa octocat");
    assert!(account.auth_time.is_none() && account.roles.is_none());
    let form = &stand_in.asked(TOKEN)[0];
    assert!(form.head.contains("accept: application/json") && !form.head.contains("authorization:"), "{form:?}");
    assert!(form.body.contains("client_secret=a+secret+%26+more") && form.body.contains("code_verifier="), "{form:?}");
    let question = &stand_in.asked(USER)[0];
    assert!(
        question.head.contains("authorization: bearer gho_16c7e42f") && question.head.contains("user-agent: keystead/")
    );
    assert!(question.head.contains("x-github-api-version: 2022-11-28"), "{question:?}");
}

#[actix_web::test]
async fn only_the_primary_address_counts_and_only_what_github_has_verified() {
    let (stand_in, door) = started().await;
    let cases = [
        (json!([{ "email": "a@example.org", "verified": false, "primary": true }]), Some("a@example.org"), false),
        (json!([{ "email": "b@example.org", "verified": true, "primary": false }]), None, false),
        (json!([{ "email": "no address", "verified": true, "primary": true }]), None, false),
        (json!([]), None, false),
    ];
    for (emails, expected, verified) in cases {
        stand_in.at(EMAILS, Behaviour::Json(emails.clone()));
        let account = redeem(&door, "github").await.unwrap();
        assert_eq!(account.email.as_ref().map(Email::as_entered), expected, "{emails}");
        assert_eq!(account.email_verified, verified, "{emails}");
    }
}

#[actix_web::test]
async fn what_github_refuses_is_told_as_such() {
    let (stand_in, door) = started().await;
    // With status 200, as GitHub does it.
    let refusal = json!({ "error": "bad_verification_code", "error_description": "The code is incorrect or expired." });
    stand_in.at(TOKEN, Behaviour::Json(refusal));
    let refused = OauthError::Refused { error: "bad_verification_code".to_owned() };
    assert_eq!(redeem(&door, "github").await.err(), Some(refused));
    assert!(stand_in.asked(USER).is_empty());
    stand_in.plays_github();
    stand_in.at(EMAILS, Behaviour::Says(404, json_headers(), json!({ "message": "Not Found" }).to_string()));
    assert_eq!(redeem(&door, "github").await.err(), Some(OauthError::Status(404)));
    stand_in.at(USER, Behaviour::Json(json!({ "login": "octocat", "id": "583231" })));
    assert_eq!(redeem(&door, "github").await.err(), Some(OauthError::NotJson));
}

#[actix_web::test]
async fn a_callback_of_somebody_else_reaches_nobody() {
    let (stand_in, door) = started().await;
    let of = |iss: String| {
        let door = &door;
        async move { door.redeem(&name("github"), SignIn::new().redeem("a-code", Some(&iss)), soon()).await }
    };
    assert_eq!(of("https://evil.example".to_owned()).await.err(), Some(OauthError::IssuerMismatch));
    assert!(stand_in.asked(TOKEN).is_empty());
    assert!(of(stand_in.url()).await.is_ok());
    assert!(of(format!("{}/login/oauth", stand_in.url())).await.is_ok());
}
