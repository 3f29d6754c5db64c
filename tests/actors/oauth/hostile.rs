//! Answers that no provider should give: each has a code of its own, comes in time, and is nobody else's affair.

use keystead::actors::door::Refused;
use serde_json::json;

use super::*;
use crate::stand_in::{Behaviour, StandIn, json_headers};

const METADATA: &str = "/.well-known/openid-configuration";
const MEBIBYTES_5: usize = 5 * 1_024 * 1_024;

async fn started() -> (StandIn, OauthDoor) {
    let stand_in = StandIn::start().await;
    stand_in.plays_an_issuer();
    let door = door(settings(vec![issuer("acme", &stand_in.url())]));
    (stand_in, door)
}

fn says(status: u16, headers: &[(&'static str, &str)], body: &str) -> Behaviour {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Behaviour::Says(status, headers, body.to_owned())
}

fn misbehaviours() -> Vec<(Behaviour, OauthError)> {
    let deep = "[".repeat(100_000);
    let json = ("content-type", "application/json");
    vec![
        (Behaviour::HangsUp, OauthError::Unreachable),
        (Behaviour::Long(MEBIBYTES_5, true), OauthError::TooLarge),
        (Behaviour::Long(MEBIBYTES_5, false), OauthError::TooLarge),
        (says(302, &[("location", "http://169.254.169.254/latest/meta-data/")], ""), OauthError::Redirected),
        (says(307, &[("location", "/elsewhere")], ""), OauthError::Redirected),
        (says(500, &[json], "{}"), OauthError::Status(500)),
        (says(200, &[json], "{\"issuer\": "), OauthError::NotJson),
        (says(200, &[json], &deep), OauthError::NotJson),
        (says(200, &[json], "[]"), OauthError::NotJson),
        (says(200, &[json], ""), OauthError::NotJson),
        (says(200, &[("content-type", "text/html")], "<html>"), OauthError::NotJson),
        (says(200, &[json, ("content-encoding", "gzip")], "\u{1f}\u{8b}"), OauthError::NotJson),
        (Behaviour::Silent, OauthError::TooLate),
        (Behaviour::Drips(Duration::from_millis(20)), OauthError::TooLate),
    ]
}

#[actix_web::test]
async fn metadata_that_cannot_be_had_have_each_their_code() {
    for (behaviour, expected) in misbehaviours() {
        let (stand_in, door) = started().await;
        let told = format!("{behaviour:?}").chars().take(80).collect::<String>();
        stand_in.at(METADATA, behaviour);
        assert_eq!(in_time(authorize(&door, "acme")).await.err(), Some(expected), "{told}");
        // Nothing of it is kept.
        stand_in.plays_an_issuer();
        assert!(authorize(&door, "acme").await.is_ok(), "{told}");
    }
}

#[actix_web::test]
async fn an_answer_instead_of_tokens_has_its_code() {
    let (stand_in, door) = started().await;
    for (behaviour, expected) in misbehaviours() {
        let told = format!("{behaviour:?}").chars().take(80).collect::<String>();
        stand_in.at("/token", behaviour);
        assert_eq!(in_time(redeem(&door, "acme")).await.err(), Some(expected), "{told}");
    }
    let refused = |error: &str| Some(OauthError::Refused { error: error.to_owned() });
    stand_in.at("/token", says(400, &[("content-type", "application/json")], "{\"error\":\"invalid_grant\"}"));
    assert_eq!(redeem(&door, "acme").await.err(), refused("invalid_grant"));
    let forged = json!({ "error": "x\ny ".repeat(1_000) }).to_string();
    stand_in.at("/token", Behaviour::Says(400, json_headers(), forged));
    assert_eq!(redeem(&door, "acme").await.err(), refused("unreadable"));
    stand_in.at("/token", Behaviour::Json(json!({ "access_token": "a", "token_type": "Bearer" })));
    assert_eq!(redeem(&door, "acme").await.err(), Some(OauthError::Malformed), "no ID token");
    stand_in.at("/token", Behaviour::Json(json!({ "access_token": "a", "token_type": "Bearer", "id_token": "a.b.c" })));
    assert_eq!(redeem(&door, "acme").await.err(), Some(OauthError::Malformed));
}

#[actix_web::test]
async fn an_issuer_that_says_it_is_another_is_not_believed() {
    let (stand_in, door) = started().await;
    for issuer in [format!("{}/", stand_in.url()), "https://accounts.google.com".to_owned(), String::new()] {
        let mut metadata = stand_in.metadata();
        metadata["issuer"] = json!(issuer);
        stand_in.at(METADATA, Behaviour::Json(metadata));
        let refused = authorize(&door, "acme").await.err();
        assert!(matches!(refused, Some(OauthError::IssuerMismatch | OauthError::NotJson)), "{issuer}: {refused:?}");
    }
}

#[actix_web::test]
async fn a_callback_that_names_another_issuer_or_none_where_one_was_promised_reaches_nobody() {
    let (stand_in, door) = started().await;
    let with = |iss: Option<&str>| SignIn::new().redeem("a-code", iss);
    let refused = door.redeem(&name("acme"), with(Some("https://evil.example")), soon()).await.err();
    assert_eq!(refused, Some(OauthError::IssuerMismatch));
    let (promising, other) = started().await;
    let mut metadata = promising.metadata();
    metadata["authorization_response_iss_parameter_supported"] = json!(true);
    promising.at(METADATA, Behaviour::Json(metadata));
    assert_eq!(other.redeem(&name("acme"), with(None), soon()).await.err(), Some(OauthError::IssuerMismatch));
    assert!(stand_in.asked("/token").is_empty() && promising.asked("/token").is_empty());
    let right = other.redeem(&name("acme"), with(Some(&promising.url())), soon()).await.err();
    assert_eq!(right, Some(OauthError::Refused { error: "invalid_grant".to_owned() }));
}

#[actix_web::test]
async fn one_that_answers_nobody_keeps_nobody_from_another() {
    let (silent, well) = (StandIn::start().await, StandIn::start().await);
    silent.at(METADATA, Behaviour::Silent);
    well.plays_an_issuer();
    let mut settings = settings(vec![issuer("silent", &silent.url()), issuer("well", &well.url())]);
    settings.patience = Duration::from_secs(2);
    let door = door(settings);
    let many = (0..200).map(|_| authorize(&door, "silent"));
    let many = futures_util::future::join_all(many);
    let others = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        for _ in 0..50 {
            authorize(&door, "well").await.unwrap();
        }
        begun.elapsed()
    };
    let (waited, took) = tokio::join!(many, others);
    assert!(took < Duration::from_secs(2), "{took:?}");
    let late = waited.iter().filter(|answer| **answer == Err(OauthError::TooLate)).count();
    let busy = waited.iter().filter(|answer| **answer == Err(OauthError::Busy)).count();
    assert_eq!((late, busy), (32, 168), "places that a provider has");
    assert_eq!(silent.asked(METADATA).len(), 1, "one asks for all");
    assert!(authorize(&door, "well").await.is_ok());
}

#[actix_web::test]
async fn without_providers_there_is_a_door_and_nobody_behind_it() {
    let door = door(settings(Vec::new()));
    assert!(door.is_open() && door.providers().is_empty());
    assert_eq!(authorize(&door, "acme").await, Err(OauthError::UnknownProvider));
    door.drain().await;
}

#[actix_web::test]
async fn it_is_drained_like_every_actor_and_outlives_a_panic() {
    let (_stand_in, door) = started().await;
    assert_eq!(door.panic_on_purpose().await, Err(Refused::Panicked));
    assert_eq!(door.providers()[0].display_name, "ACME");
    assert!(authorize(&door, "acme").await.is_ok());
    door.drain().await;
    assert!(!door.is_open());
    assert_eq!(authorize(&door, "acme").await, Err(OauthError::Door(Refused::Closed)));
}
