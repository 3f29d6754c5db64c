//! Each token is good at its own door and at no other; what is forged or cut is good at none.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystead::domain::clock::Deadline;
use keystead::flows::offer_set_up::offer_set_up;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;

on_each_database! {
    no_token_opens_another_door,
    a_forged_token_opens_none,
}

/// What this token opens.
async fn doors(app: &TestApp, client: &(String, String), token: &str) -> Vec<&'static str> {
    let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let set_up = json!({ "token": token, "email": new_email(), "password": PASSWORD });
    let asked = [
        ("introspection", app.introspect(client, token).await.json()["active"] == true),
        ("me", app.get("/v1/me", Some(token)).await.status == 200),
        ("feed", app.get("/v1/revocations", Some(token)).await.status == 200),
        ("refresh", app.refresh(token).await.status == 200),
        ("grant", app.form("/oauth2/token", None, &grant).await.status == 200),
        ("set-up", app.post("/v1/setup", None, &set_up).await.status == 201),
        // Last, because it ends the session.
        ("logout", app.logout(token, "this").await.status == 204),
    ];
    // As a client's secret, or as a password, none is good for anything.
    let login = json!({ "identifier": "x@example.test", "password": token });
    app.post("/v1/login", None, &login).await.expect(if token.len() > 1_024 { 422 } else { 401 });
    let form = [("grant_type", "client_credentials"), ("client_id", &client.0), ("client_secret", token)];
    if token != client.1 {
        app.form("/oauth2/token", None, &form).await.expect(401);
    }
    asked.into_iter().filter(|(_, opened)| *opened).map(|(door, _)| door).collect()
}

async fn no_token_opens_another_door(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("THROTTLE", "off")]).await;
    let client = app.client("revocations:read").await;
    let form = [("grant_type", "client_credentials")];
    let of_client = app.form("/oauth2/token", Some((&client.0, &client.1)), &form).await.expect(200);
    let login = app.signed_in().await;
    let offered = offer_set_up(&app.node.context, Deadline::within(Duration::from_secs(5))).await.unwrap().unwrap();
    let set_up = offered.secret().expose_secret().to_owned();
    let cases: [(&str, String, &[&str]); 7] = [
        ("device", login.str("device_token"), &[]),
        ("client's secret", client.1.clone(), &[]),
        ("client's", of_client.str("access_token"), &["introspection", "feed"]),
        ("refresh", login.str("refresh_token"), &["introspection", "refresh", "grant"]),
        ("access", login.str("access_token"), &["introspection", "me", "logout"]),
        ("set-up", set_up, &["set-up"]),
        ("session's id", login.str("session_id"), &[]),
    ];
    for (name, token, expected) in cases {
        assert_eq!(doors(&app, &client, &token).await, expected, "the {name} token");
    }
    app.node.stop().await;
}

/// Every kind of change to one part: cut, doubled, another letter, another case, padding, spaces.
fn changed(token: &str) -> Vec<String> {
    let mut all = vec![
        token[..token.len() - 1].to_owned(),
        token[1..].to_owned(),
        token[..token.len() / 2].to_owned(),
        format!("{token}A"),
        format!("{token}{token}"),
        token.to_uppercase(),
        format!("{token}="),
        format!("{token}."),
        token.replacen('.', "..", 1),
    ];
    for place in [5, token.len() / 3, token.len() / 2, token.len() - 10] {
        let letter = if &token[place..=place] == "A" { "B" } else { "A" };
        all.push(format!("{}{letter}{}", &token[..place], &token[place + 1..]));
    }
    all.retain(|other| other != token);
    all
}

async fn a_forged_token_opens_none(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("revocations:read").await;
    let login = app.signed_in().await;
    let access = login.str("access_token");
    let mut forged: Vec<String> = ["access_token", "refresh_token"].map(|name| changed(&login.str(name))).concat();

    let parts: Vec<&str> = access.split('.').collect();
    let decode = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, claims) = (decode(parts[0]), decode(parts[1]));
    let with = |header: &str, claims: &str, signature: &str| {
        format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    };
    for algorithm in ["none", "None", "HS256", "ES256", "RS256"] {
        let header = header.replace("EdDSA", algorithm);
        forged.extend([with(&header, &claims, ""), with(&header, &claims, parts[2])]);
    }
    forged.push(with(&header.replace("at+jwt", "JWT"), &claims, parts[2]));
    forged.push(with(&header, &claims.replace("\"user\"", "\"admin\""), parts[2]));
    forged.push(with("{}", "{}", ""));
    forged.push(with("{\"alg\":\"none\"}", &claims, "AAAA"));
    forged.push(with(&header, "null", parts[2]));
    forged.extend(["a.b.c", "..", ".", "a..", "ksr_", "ksr_AQ", "Bearer", "💥", "a\u{0}b"].map(str::to_owned));
    forged.push("x".repeat(9_000));
    for token in forged.iter().filter(|token| token.is_ascii() && !token.contains('\0')) {
        let me = app.get("/v1/me", Some(token)).await;
        assert_eq!(me.refusal(), (401, "not_authenticated".into()), "{token}");
        assert_eq!(app.logout(token, "all").await.refusal(), (401, "not_authenticated".into()), "{token}");
    }
    for token in &forged {
        assert_eq!(
            app.refresh(token).await.refusal(),
            if token.contains('\0') { (400, "invalid_field".into()) } else { (401, "invalid_refresh_token".into()) }
        );
        if !token.contains('\0') {
            assert_eq!(app.introspect(&client, token).await.json(), json!({ "active": false }), "{token}");
            app.form("/oauth2/revoke", Some((&client.0, &client.1)), &[("token", token)]).await.expect(200);
        }
    }
    app.get("/v1/me", Some(&access)).await.expect(200);
    app.refresh(&login.str("refresh_token")).await.expect(200);
    app.node.stop().await;
}
