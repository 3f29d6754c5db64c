//! Taking one's data along, and leaving for good.

use std::time::Duration;

use keystead::domain::clock::{Clock, Timestamp};
use keystead::flows::create_administrator::{NewAdministrator, create_administrator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, PASSWORD, TestApp, new_email, soon};
use crate::databases::{Engine, TestDatabase};
use crate::{execute, race_rounds, run_on};

on_each_database! {
    an_account_is_gone_and_its_address_free,
    tokens_of_a_deleted_account_are_refused_everywhere,
    the_tables_say_so_when_memory_is_out_of_date,
    the_last_administrator_cannot_leave,
    two_administrators_who_leave_at_once,
    what_is_held_is_taken_along,
    who_may_not,
}

async fn leave(app: &TestApp, tokens: &Answer) -> Answer {
    let request = app.request(Method::POST, "/v1/me/delete", Some(&tokens.str("access_token")));
    app.send(request).await
}

async fn an_account_is_gone_and_its_address_free(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let stranger = app.signed_in().await;
    let email = new_email();
    let first = app.register(&email).await.expect(201).json()["user"]["id"].clone();
    let (login, other) = (app.login(&email).await.expect(200), app.login(&email).await.expect(200));
    assert!(leave(&app, &login).await.expect(204).text.is_empty());
    assert_eq!(app.login(&email).await.refusal(), (401, "invalid_credentials".into()));
    for tokens in [&login, &other] {
        let access = tokens.str("access_token");
        assert_eq!(app.get("/v1/me", Some(&access)).await.refusal(), (401, "session_revoked".into()));
        assert_eq!(leave(&app, tokens).await.refusal(), (401, "session_revoked".into()));
        let refresh = app.refresh(&tokens.str("refresh_token")).await;
        assert_eq!(refresh.refusal(), (401, "invalid_refresh_token".into()));
    }
    let second = app.register(&email).await.expect(201).json()["user"]["id"].clone();
    assert_ne!(first, second);
    let anew = app.login(&email).await.expect(200);
    app.get("/v1/me", Some(&anew.str("access_token"))).await.expect(200);
    // What the one before held opens nothing of the one that came after.
    let known = json!({ "identifier": email, "password": PASSWORD, "device_token": login.str("device_token") });
    app.post("/v1/login", None, &known).await.expect(200);
    app.get("/v1/me", Some(&stranger.str("access_token"))).await.expect(200);
    app.node.stop().await;
}

async fn tokens_of_a_deleted_account_are_refused_everywhere(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let client = a.client("users:read").await;
    for _ in 0..3 {
        let login = a.signed_in().await;
        let (access, refresh) = (login.str("access_token"), login.str("refresh_token"));
        b.get("/v1/me", Some(&access)).await.expect(200);
        leave(&a, &login).await.expect(204);
        assert_eq!(a.introspect(&client, &access).await.json(), json!({ "active": false }));
        assert_eq!(b.refresh(&refresh).await.refusal(), (401, "invalid_refresh_token".into()));
        assert_eq!(b.introspect(&client, &refresh).await.json(), json!({ "active": false }));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(b.introspect(&client, &access).await.json(), json!({ "active": false }));
        assert_eq!(b.get("/v1/me", Some(&access)).await.refusal(), (401, "session_revoked".into()));
    }
    a.node.stop().await;
    b.node.stop().await;
}

async fn the_tables_say_so_when_memory_is_out_of_date(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let login = app.signed_in().await;
    leave(&app, &login).await.expect(204);
    execute(database, "DELETE FROM revocations").await;
    for _ in 0..20 {
        app.node.context.house.revocations.forget_freshness();
        let me = app.get("/v1/me", Some(&login.str("access_token"))).await;
        assert_eq!(me.refusal(), (401, "session_revoked".into()));
    }
    app.node.stop().await;
}

/// An account with the role, signed in.
async fn administrator(app: &TestApp) -> Answer {
    let email = new_email();
    app.register(&email).await.expect(201);
    let email_address = keystead::domain::email::Email::parse(&email).unwrap();
    let new = NewAdministrator { username: None, email: Some(email_address), password: None };
    create_administrator(&app.node.context, &soon(), new).await.unwrap();
    app.login(&email).await.expect(200)
}

async fn the_last_administrator_cannot_leave(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (first, second) = (administrator(&app).await, administrator(&app).await);
    leave(&app, &second).await.expect(204);
    let refused = leave(&app, &first).await;
    assert_eq!(refused.refusal(), (409, "last_admin".into()));
    app.get("/v1/me", Some(&first.str("access_token"))).await.expect(200);
    app.refresh(&first.str("refresh_token")).await.expect(200);
    administrator(&app).await;
    leave(&app, &first).await.expect(204);
    app.node.stop().await;
}

async fn two_administrators_who_leave_at_once(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let mut stays = administrator(&a).await;
    for round in 0..race_rounds() {
        let other = administrator(&b).await;
        let (one, two) = tokio::join!(leave(&a, &stays), leave(&b, &other));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "round {round}: {one:?} {two:?}");
        if two.status == 409 {
            stays = other;
        }
    }
    a.node.stop().await;
    b.node.stop().await;
}

async fn what_is_held_is_taken_along(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (email, stranger) = (new_email(), new_email());
    app.register(&stranger).await.expect(201);
    let theirs = app.login(&stranger).await.expect(200).str("session_id");
    app.register(&email).await.expect(201);
    let (ended, login) = (app.login(&email).await.expect(200), app.login(&email).await.expect(200));
    app.logout(&ended.str("access_token"), "this").await.expect(204);
    let token = login.str("access_token");
    let change = json!({ "display_name": "Ada", "metadata": { "team": "a" } });
    let me = app.patch("/v1/me", Some(&token), &change).await.expect(200).json();
    let answer = app.get("/v1/me/export", Some(&token)).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("content-disposition"), r#"attachment; filename="account.json""#);
    let data = answer.json();
    assert_eq!(data["account"], me);
    assert_eq!((&data["locked"], &data["password"]["set"]), (&json!(false), &json!(true)));
    assert_eq!(data["second_factor"], json!({ "totp": "off", "recovery_codes_left": 0 }));
    assert_eq!(data["roles"][0]["name"], "user");
    assert!(data["roles"][0]["granted_at"].is_string() && data["exported_at"].is_string());
    let sessions = data["sessions"].as_array().unwrap();
    let told = |n: usize| (&sessions[n]["id"], &sessions[n]["active"], &sessions[n]["revoke_reason"]);
    assert_eq!(told(0), (&login.json()["session_id"], &json!(true), &Value::Null));
    assert_eq!(told(1), (&ended.json()["session_id"], &json!(false), &json!("signed_out")));
    assert_eq!((sessions.len(), &sessions[0]["amr"]), (2, &json!(["pwd"])));
    assert_eq!((&sessions[0]["current"], &sessions[0]["ip"]), (&json!(true), &json!("127.0.0.1")));
    // The second sign-in came from a device that nobody knew.
    assert_eq!((&data["mails"][0]["kind"], &data["mails"][0]["recipient"]), (&json!("new_device"), &json!(email)));
    assert_eq!(data["one_time_tokens"], json!([]));
    for absent in [PASSWORD, "$argon2", "hash", "secret", &stranger, &theirs] {
        assert!(!answer.text.contains(absent), "{absent}: {}", answer.text);
    }
    app.node.stop().await;
}

async fn who_may_not(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (id, secret) = app.client("users:read").await;
    let form = [("grant_type", "client_credentials")];
    let program = app.form("/oauth2/token", Some((&id, &secret)), &form).await.expect(200).str("access_token");
    for (method, path) in [(Method::POST, "/v1/me/delete"), (Method::GET, "/v1/me/export")] {
        let nobody = app.send(app.request(method.clone(), path, None)).await;
        assert_eq!(nobody.refusal(), (401, "not_authenticated".into()));
        let program = app.send(app.request(method, path, Some(&program))).await;
        assert_eq!(program.refusal(), (403, "permission_denied".into()));
    }
    app.node.stop().await;
}

#[actix_web::test]
async fn five_minutes_after_signing_in_it_has_to_be_shown_again_who_asks() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
        let app = TestApp::spawn_with_clock(&database.url, &[], clock.clone()).await;
        let login = app.signed_in().await;
        clock.advance(Duration::from_mins(5));
        let token = login.str("access_token");
        app.get("/v1/me/export", Some(&token)).await.expect(200);
        clock.advance(Duration::from_secs(1));
        let refreshed = app.refresh(&login.str("refresh_token")).await.expect(200);
        for tokens in [&login, &refreshed] {
            let stale = (403, "reauthentication_required".to_owned());
            assert_eq!(app.get("/v1/me/export", Some(&tokens.str("access_token"))).await.refusal(), stale);
            assert_eq!(leave(&app, tokens).await.refusal(), stale);
        }
        app.get("/v1/me", Some(&token)).await.expect(200);
        app.node.stop().await;
    })
    .await;
}
