//! Access tokens, verified by another implementation with nothing but the published keys.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystead::domain::clock::{Clock, Timestamp};
use serde_json::Value;

use crate::app::{PASSWORD, TestApp};
use crate::databases::{Engine as Database, TestDatabase};
use crate::openssl::verify_jws_with_openssl;
use crate::run_on;

on_each_database! {
    every_algorithm_is_verified_with_the_published_key_alone,
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

/// The published key that the token names.
async fn key_of(app: &TestApp, token: &str) -> Value {
    let answer = app.get("/.well-known/jwks.json", None).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    for key in &keys {
        let secret = ["d", "p", "q", "dp", "dq", "qi", "k"].into_iter().find(|member| key.get(member).is_some());
        assert_eq!(secret, None, "a private part is published");
        assert_eq!(key["use"], "sig");
    }
    let kid = header(token)["kid"].clone();
    keys.into_iter().find(|key| key["kid"] == kid).unwrap()
}

async fn every_algorithm_is_verified_with_the_published_key_alone(database: &TestDatabase) {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        // A database holds one first key; the others get theirs as if it had been there long ago.
        crate::execute(database, "DELETE FROM signing_keys").await;
        let app = TestApp::spawn(&database.url, &[("JWT_ALGORITHM", algorithm)]).await;
        let login = app.signed_in().await;
        let (id, secret) = app.client("users:read").await;
        let form = [("grant_type", "client_credentials")];
        let program = app.form("/oauth2/token", Some((&id, &secret)), &form).await.expect(200);
        for token in [login.str("access_token"), program.str("access_token")] {
            let key = key_of(&app, &token).await;
            assert_eq!((&key["alg"], &header(&token)["alg"]), (&algorithm.into(), &algorithm.into()));
            assert!(verify_jws_with_openssl(&key, &token), "{algorithm}: {token}");
            let (head, rest) = token.split_once('.').unwrap();
            let other = format!("{head}.A{rest}");
            assert!(!verify_jws_with_openssl(&key, &other), "{algorithm}: another text has the same signature");
        }
        app.node.stop().await;
    }
}

/// By hand, because ten minutes are long; so on SQLite, which has no clock of its own.
#[actix_web::test]
async fn a_new_algorithm_is_published_before_it_signs() {
    run_on(Database::Sqlite, async |database: &TestDatabase| {
        let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
        let before = TestApp::spawn_with_clock(&database.url, &[], clock.clone()).await;
        let email = crate::app::new_email();
        before.register(&email).await.expect(201);
        let old = before.login(&email).await.expect(200).str("access_token");
        before.node.stop().await;
        // Keys of one microsecond would be in no order.
        clock.advance(Duration::from_secs(1));

        let settings = [("JWT_ALGORITHM", "ES256")];
        let app = TestApp::spawn_with_clock(&database.url, &settings, clock.clone()).await;
        let published = app.get("/.well-known/jwks.json", None).await.expect(200).json();
        let algorithms: Vec<_> = published["keys"].as_array().unwrap().iter().map(|key| key["alg"].clone()).collect();
        assert_eq!(algorithms, ["EdDSA", "ES256"]);
        let signs_with = async || header(&app.login(&email).await.expect(200).str("access_token"))["alg"].clone();
        assert_eq!(signs_with().await, "EdDSA");
        clock.advance(Duration::from_micros(599_999_999));
        assert_eq!(signs_with().await, "EdDSA");
        app.get("/v1/me", Some(&old)).await.expect(200);
        clock.advance(Duration::from_micros(1));
        assert_eq!(signs_with().await, "ES256");
        let new = app.post("/v1/login", None, &serde_json::json!({ "identifier": email, "password": PASSWORD })).await;
        let new = new.expect(200).str("access_token");
        assert!(verify_jws_with_openssl(&key_of(&app, &new).await, &new));
        // The old key still verifies what it signed.
        assert!(verify_jws_with_openssl(&key_of(&app, &old).await, &old));
        app.get("/v1/me", Some(&old)).await.expect(200);
        app.get("/v1/me", Some(&new)).await.expect(200);
        app.node.stop().await;
    })
    .await;
}
