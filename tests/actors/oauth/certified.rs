//! Against a certified OpenID provider, which is not ours.

use keystead::config::oauth::RoleMapping;

use super::*;
use crate::providers::{OtherMaker, Visitor};

/// The parameters with which somebody comes back.
async fn comes_back(door: &OauthDoor, asked: Asked, login: &str) -> std::collections::HashMap<String, String> {
    let url = door.authorize(&name("acme"), asked, soon()).await.unwrap();
    let callback = Visitor::new().signs_in(url.as_str(), login, CALLBACK).await;
    Url::parse(&callback).unwrap().query_pairs().into_owned().collect()
}

async fn account(door: &OauthDoor, login: &str) -> Account {
    let sign_in = SignIn::new();
    let answer = comes_back(door, sign_in.asked(), login).await;
    assert_eq!(answer["state"], "af0ifjsldkj");
    door.redeem(&name("acme"), sign_in.redeem(&answer["code"], Some(&answer["iss"])), soon()).await.unwrap()
}

#[actix_web::test]
async fn somebody_is_who_the_provider_says() {
    let Some(provider) = OtherMaker::start("certified") else { return };
    let door = door(settings(vec![issuer("acme", &provider.issuer)]));
    let ada = account(&door, "ada").await;
    assert_eq!((ada.issuer.as_str(), ada.subject.as_str()), (provider.issuer.as_str(), "ada"));
    // Told at the userinfo endpoint only, as the standard has it.
    assert_eq!((ada.email.unwrap().as_entered(), ada.email_verified), ("ada@example.org", true));
    assert_eq!(ada.name.unwrap().as_str(), "Somebody called ada");
    assert!(ada.roles.is_none());
    let unverified = account(&door, "unverified-ben").await;
    assert_eq!((unverified.email.is_some(), unverified.email_verified), (true, false));
    let nobody = account(&door, "nomail-cleo").await;
    assert_eq!((nobody.email, nobody.email_verified), (None, false));
}

#[actix_web::test]
async fn groups_become_roles_where_that_was_configured() {
    let Some(provider) = OtherMaker::start("certified") else { return };
    let scopes = ["openid", "groups"].map(str::to_owned).to_vec();
    let pairs = [("admins", "admin"), ("staff", "editor")].map(|(value, role)| (value.to_owned(), role.to_owned()));
    let roles = Some(RoleMapping { claim: "groups".to_owned(), roles: pairs.into() });
    let kind = ProviderKind::OpenId { issuer: provider.issuer.clone(), scopes, roles };
    let door = door(settings(vec![super::provider("acme", kind)]));
    assert_eq!(account(&door, "admin-dora").await.roles.unwrap(), ["admin", "editor"]);
    assert!(account(&door, "ada").await.roles.unwrap().is_empty());
}

#[actix_web::test]
async fn who_is_asked_to_sign_in_again_has_just_done_so() {
    let Some(provider) = OtherMaker::start("certified") else { return };
    let door = door(settings(vec![issuer("acme", &provider.issuer)]));
    let sign_in = SignIn::new();
    let answer = comes_back(&door, Asked { prompt_login: true, ..sign_in.asked() }, "ada").await;
    let account = door.redeem(&name("acme"), sign_in.redeem(&answer["code"], Some(&answer["iss"])), soon()).await;
    let ago = Clock::system().now().since(account.unwrap().auth_time.unwrap());
    assert!(ago < Duration::from_mins(1), "{ago:?}");
}

#[actix_web::test]
async fn a_code_is_worth_something_once_and_to_one() {
    let Some(provider) = OtherMaker::start("certified") else { return };
    let door = door(settings(vec![issuer("acme", &provider.issuer)]));
    let refused = || Some(OauthError::Refused { error: "invalid_grant".to_owned() });
    let sign_in = SignIn::new();
    let answer = comes_back(&door, sign_in.asked(), "ada").await;
    let (code, iss) = (answer["code"].as_str(), Some(answer["iss"].as_str()));
    // Somebody else's sign-in has another verifier.
    let stolen = door.redeem(&name("acme"), SignIn::new().redeem(code, iss), soon()).await;
    assert_eq!(stolen.err(), refused());
    // The provider promises `iss`, so its absence is somebody's work.
    let without = door.redeem(&name("acme"), sign_in.redeem(code, None), soon()).await;
    assert_eq!(without.err(), Some(OauthError::IssuerMismatch));
    let sign_in = SignIn::new();
    let answer = comes_back(&door, sign_in.asked(), "ada").await;
    let acme = name("acme");
    let redeem = || door.redeem(&acme, sign_in.redeem(&answer["code"], iss), soon());
    assert!(redeem().await.is_ok());
    assert_eq!(redeem().await.err(), refused());
    let mut other = SignIn::new();
    let answer = comes_back(&door, other.asked(), "ada").await;
    other.nonce = "another".to_owned();
    let replayed = door.redeem(&name("acme"), other.redeem(&answer["code"], iss), soon()).await;
    assert_eq!(replayed.err(), Some(OauthError::WrongNonce));
}
