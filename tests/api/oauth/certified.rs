//! The whole way with OpenID providers that are not ours: a certified one, and one that misbehaves.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;

use crate::app::{Answer, TestApp};
use crate::databases::{Engine, TestDatabase};
use crate::github::{Begun, REDIRECT};
use crate::people::Person;
use crate::providers::{OtherMaker, Visitor};
use crate::tables::count;
use crate::{execute, run_on};

/// What the provider may take, and a busy machine beside it.
const PROMPTLY: Duration = Duration::from_secs(6);

async fn spawn(database: &TestDatabase, provider: &OtherMaker) -> TestApp {
    let settings = [
        ("OAUTH_ENABLED", "true"),
        ("OAUTH_ALLOW_PRIVATE_NETWORKS", "true"),
        ("OAUTH_REDIRECTS", REDIRECT),
        ("OIDC_PROVIDERS", "acme"),
        ("OIDC_ACME_ISSUER", &provider.issuer),
        ("OIDC_ACME_CLIENT_ID", "keystead"),
        ("OIDC_ACME_CLIENT_SECRET", "a secret & more"),
        ("OIDC_ACME_SCOPES", "openid email profile groups"),
        ("OIDC_ACME_ROLE_CLAIM", "groups"),
        ("OIDC_ACME_ROLES", "admins=admin"),
    ];
    TestApp::spawn(&database.url, &settings).await
}

/// From a start through the provider's own pages to the app: its code, or `error=…`.
async fn walk(app: &TestApp, begun: &Begun, start: &str, login: &str) -> String {
    let start = if start.starts_with('/') { app.url(start) } else { start.to_owned() };
    let here = Visitor::new().signs_in(&start, login, REDIRECT).await;
    let query: HashMap<_, _> = Url::parse(&here).unwrap().query_pairs().into_owned().collect();
    assert_eq!(query["state"], begun.state);
    query.get("code").cloned().unwrap_or_else(|| format!("error={}", query["error"]))
}

async fn sign_in(app: &TestApp, login: &str) -> Result<Answer, String> {
    let begun = Begun::new();
    let code = walk(app, &begun, &begun.start("acme"), login).await;
    if code.starts_with("error=") { Err(code) } else { Ok(begun.exchange(app, &code).await.expect(200)) }
}

#[actix_web::test]
async fn people_of_a_certified_provider_sign_in() {
    let Some(provider) = OtherMaker::start("certified") else { return };
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let app = spawn(database, &provider).await;
        let ada = sign_in(&app, "ada").await.unwrap();
        let user = ada.json()["user"].clone();
        assert_eq!((&user["email"], &user["roles"]), (&json!("ada@example.org"), &json!(["user"])));
        assert_eq!(sign_in(&app, "ada").await.unwrap().json()["user"]["id"], user["id"]);
        for login in ["unverified-ben", "nomail-cleo"] {
            assert_eq!(sign_in(&app, login).await.err().unwrap(), "error=provider_email_unverified", "{login}");
        }
        // The claim decides about the role, at each sign-in.
        let dora = sign_in(&app, "admin-dora").await.unwrap();
        assert_eq!(dora.json()["user"]["roles"], json!(["admin", "user"]));
        execute(database, "DELETE FROM user_roles WHERE role_id IN (SELECT id FROM roles WHERE name = 'admin')").await;
        assert_eq!(sign_in(&app, "admin-dora").await.unwrap().json()["user"]["roles"], json!(["admin", "user"]));
        assert_eq!(sign_in(&app, "admin-dora").await.unwrap().json()["user"]["roles"], json!(["admin", "user"]));
        let claimed = "SELECT COUNT(*) FROM audit_events WHERE action = 'roles.claimed'";
        assert_eq!(count(database, claimed).await, 2, "told where something changed");

        // Who signs in again there is fresh here.
        execute(database, "UPDATE sessions SET auth_time = 1").await;
        let stale = app.refresh(&ada.str("refresh_token")).await.expect(200).str("access_token");
        let begun = Begun::new();
        let ticket = app.post("/v1/me/reauthenticate/acme", Some(&stale), &begun.wish()).await.expect(200);
        let code = walk(&app, &begun, &ticket.str("start_url"), "ada").await;
        let ticket = begun.exchange(&app, &code).await.expect(200).str("provider_ticket");
        let body = json!({ "provider_ticket": ticket });
        let fresh = app.post("/v1/me/reauthenticate", Some(&stale), &body).await.expect(200).str("access_token");
        app.get("/v1/me/export", Some(&fresh)).await.expect(200);
        app.node.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn what_a_hostile_provider_says_lets_nobody_in() {
    let Some(provider) = OtherMaker::start("hostile") else { return };
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let app = spawn(database, &provider).await;
        let owner = Person::new(&app).await;
        let good = json!({ "email": "mona@example.org", "email_verified": true });
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            json!({ "claims": claims })
        };
        let forged = |how: &str| json!({ "claims": good, "forge": how });
        for (behaviour, told) in [
            (with("aud", json!("somebody-else")), "error=provider_audience_mismatch"),
            (with("iss", json!("https://evil.example")), "error=provider_issuer_mismatch"),
            (with("nonce", json!("another")), "error=provider_nonce_mismatch"),
            (with("exp", json!(1_000_000_000)), "error=provider_token_expired"),
            (with("email_verified", json!(false)), "error=provider_email_unverified"),
            (with("email", json!(owner.email)), "error=account_exists_link_required"),
            (forged("none"), "error=provider_algorithm_refused"),
            (forged("hs256-secret"), "error=provider_algorithm_refused"),
            (forged("foreign"), "error=provider_signature_invalid"),
        ] {
            provider.behave(&behaviour).await;
            let since = Instant::now();
            assert_eq!(sign_in(&app, "mona").await.err().as_deref(), Some(told), "{behaviour}");
            assert!(since.elapsed() < PROMPTLY, "{behaviour}");
        }
        app.login(&owner.email).await.expect(200);
        provider.behave(&json!({ "claims": good })).await;
        assert_eq!(sign_in(&app, "mona").await.unwrap().json()["user"]["email"], "mona@example.org");
        app.node.stop().await;
    })
    .await;
}
