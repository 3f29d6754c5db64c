//! From the first administrator to the last logout, with every detour that a secret could take by mistake.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use keystead::domain::clock::Deadline;
use keystead::flows::offer_set_up::offer_set_up;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::app::{PASSWORD, SECRET_KEY, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::search::{Canary, canary};

const WRONG_PASSWORD: &str = "wrong-canary-password-of-a-stranger";
const WEAK_PASSWORD: &str = "weakcanary";
const LOST_TOKEN: &str = "canary-in-a-place-where-no-token-belongs";

/// The whole walk with its detours; what must not be found, each with its name.
pub async fn walk(database: &TestDatabase) -> Vec<Canary> {
    let app = TestApp::spawn(&database.url, &[]).await;
    let offered = offer_set_up(&app.node.context, Deadline::within(Duration::from_secs(5))).await.unwrap().unwrap();
    let set_up = offered.secret().expose_secret().to_owned();
    let body = json!({ "token": set_up, "email": new_email(), "password": PASSWORD });
    app.post("/v1/setup", None, &body).await.expect(201);
    app.post("/v1/setup", None, &body).await.expect(410);
    let email = new_email();
    app.register(&email).await.expect(201);
    app.register(&email).await.expect(409);
    for (password, status) in [(WEAK_PASSWORD, 422), (PASSWORD, 201)] {
        app.post("/v1/register", None, &json!({ "email": new_email(), "password": password })).await.expect(status);
    }
    let login = app.login(&email).await.expect(200);
    app.post("/v1/login", None, &json!({ "identifier": email, "password": WRONG_PASSWORD })).await.expect(401);
    // In the wrong place, of the wrong type, cut off: what is refused may be a secret all the same.
    app.post("/v1/login", None, &json!({ "identifier": email, "password": { WRONG_PASSWORD: 1 } })).await.expect(400);
    app.post("/v1/login", None, &json!({ "identifier": WRONG_PASSWORD, "passwort": PASSWORD })).await.expect(400);
    let broken = format!("{{\"identifier\":\"a\",\"password\":\"{WRONG_PASSWORD}");
    app.send(app.http.post(app.url("/v1/login")).header("content-type", "application/json").body(broken)).await;
    app.get(&format!("/v1/{LOST_TOKEN}?token={LOST_TOKEN}"), Some(LOST_TOKEN)).await.expect(404);
    app.get(&format!("/v1/revocations?since={LOST_TOKEN}"), Some(LOST_TOKEN)).await.expect(401);
    app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200);
    app.patch("/v1/me", Some(&login.str("access_token")), &json!({ "display_name": "Zoë" })).await.expect(200);

    let (id, secret) = app.client("revocations:read").await;
    let client = Some((id.as_str(), secret.as_str()));
    let program = app.form("/oauth2/token", client, &[("grant_type", "client_credentials")]).await.expect(200);
    let in_form = [("token", LOST_TOKEN), ("client_id", &id), ("client_secret", &secret)];
    app.form("/oauth2/introspect", None, &in_form).await.expect(200);
    let next = app.refresh(&login.str("refresh_token")).await.expect(200);
    let head = next.str("refresh_token");
    join_all((0..8).map(|_| app.refresh(&head))).await;
    for token in [&login.str("access_token"), &next.str("refresh_token"), &login.str("device_token")] {
        app.form("/oauth2/introspect", client, &[("token", token)]).await.expect(200);
    }
    app.get("/v1/revocations", Some(&program.str("access_token"))).await.expect(200);
    app.refresh(&login.str("refresh_token")).await.expect(401);
    app.logout(&next.str("access_token"), "all").await.expect(401);
    let last = app.login(&email).await.expect(200);
    app.form("/oauth2/revoke", client, &[("token", &last.str("refresh_token"))]).await.expect(200);
    app.logout(&last.str("access_token"), "this").await.expect(204);
    app.node.stop().await;

    let mut canaries = vec![
        canary("the password", PASSWORD.to_owned()),
        canary("a wrong password", WRONG_PASSWORD.to_owned()),
        canary("a weak password", WEAK_PASSWORD.to_owned()),
        canary("a token in the wrong place", LOST_TOKEN.to_owned()),
        canary("the set-up token", set_up),
        canary("the client's secret", secret.clone()),
        canary("the client's credentials", STANDARD.encode(format!("{id}:{secret}"))),
        canary("the client's access token", program.str("access_token")),
        canary("the key", SECRET_KEY.to_owned()),
        canary("a password's hash", "$argon2id$".to_owned()),
    ];
    if let Some(password) = url::Url::parse(&database.url).unwrap().password() {
        canaries.push(canary("the database's password", password.to_owned()));
    }
    for answer in [&login, &next, &last] {
        canaries.extend(["access_token", "refresh_token", "device_token"].map(|name| canary(name, answer.str(name))));
    }
    canaries
}
