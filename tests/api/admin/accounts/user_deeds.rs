//! Locks, given passwords, verified addresses and second factors.

use std::time::Duration;

use serde_json::json;

use super::{Administrator, deed, last, log_in_with, nobody, not_there, somebody, user, wrong};
use crate::admin::program;
use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::people::{Person, SecondFactor};
use crate::race_rounds;

on_each_database! {
    a_lock_ends_every_session_on_every_node,
    the_last_administrator_is_not_locked,
    two_administrators_who_lock_each_other,
    a_given_password_has_to_be_changed,
    a_change_of_password_can_be_demanded,
    an_address_is_verified_by_somebody_who_knows,
    a_second_factor_is_taken_away,
}

const GIVEN: &str = "a password that somebody else has chosen";

async fn a_lock_ends_every_session_on_every_node(database: &TestDatabase) {
    let (app, other) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let (token, (id, email)) = (program(&app, "users:read users:write").await, somebody(&app).await);
    let login = app.login(&email).await.expect(200);
    let access = login.str("access_token");
    other.get("/v1/me", Some(&access)).await.expect(200);
    for _ in 0..2 {
        app.post(&deed(&id, "lock"), Some(&token), &json!({})).await.expect(204);
    }
    assert!(app.get(&user(&id), Some(&token)).await.json()["locked_at"].is_string());
    assert_eq!(app.get("/v1/me", Some(&access)).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(other.refresh(&login.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(other.login(&email).await.refusal(), wrong());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(other.get("/v1/me", Some(&access)).await.refusal(), (401, "session_revoked".into()));
    // Also without a body.
    let unlock = app.request(reqwest::Method::POST, &deed(&id, "unlock"), Some(&token));
    app.send(unlock).await.expect(204);
    other.login(&email).await.expect(200);
    assert_eq!(app.refresh(&login.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));
    for name in ["lock", "unlock", "require-password-change", "verify-email"] {
        let refused = app.post(&deed(&nobody(), name), Some(&token), &json!({})).await;
        assert_eq!(refused.refusal(), not_there(), "{name}");
        let more = app.post(&deed(&id, name), Some(&token), &json!({ "why": "x" })).await;
        assert_eq!(more.refusal(), (400, "unknown_field".into()), "{name}");
    }
    app.node.stop().await;
    other.node.stop().await;
}

async fn the_last_administrator_is_not_locked(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (one, two) = (Administrator::new(&app).await, Administrator::new(&app).await);
    app.post(&deed(&two.id, "lock"), Some(&one.token()), &json!({})).await.expect(204);
    let own = app.post(&deed(&one.id, "lock"), Some(&one.token()), &json!({})).await;
    assert_eq!(own.refusal(), last());
    app.post(&deed(&two.id, "unlock"), Some(&one.token()), &json!({})).await.expect(204);
    app.post(&deed(&one.id, "lock"), Some(&one.token()), &json!({})).await.expect(204);
    app.node.stop().await;
}

/// On two nodes, at the same moment.
async fn two_administrators_who_lock_each_other(database: &TestDatabase) {
    // Everybody here comes from one address.
    let unhindered = [("THROTTLE", "off")];
    let (a, b) = (TestApp::spawn(&database.url, &unhindered).await, TestApp::spawn(&database.url, &unhindered).await);
    let mut stays = Administrator::new(&a).await;
    for round in 0..race_rounds() {
        let other = Administrator::new(&b).await;
        let (by_stays, by_other) = (stays.token(), other.token());
        let (nothing, paths) = (json!({}), [deed(&other.id, "lock"), deed(&stays.id, "lock")]);
        let (one, two) =
            tokio::join!(a.post(&paths[0], Some(&by_stays), &nothing), b.post(&paths[1], Some(&by_other), &nothing));
        let won = [one.status, two.status].iter().filter(|status| status.as_u16() == 204).count();
        assert_eq!(won, 1, "round {round}: {one:?} {two:?}");
        // Who was locked meanwhile is signed out, and who came too late is told that the other one is the last.
        let lost = if one.status == 204 { &two } else { &one };
        assert!(matches!(lost.status.as_u16(), 401 | 409), "round {round}: {lost:?}");
        if two.status == 204 {
            stays = other;
        }
    }
    a.node.stop().await;
    b.node.stop().await;
}

async fn a_given_password_has_to_be_changed(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("PASSWORD_HISTORY", "2")]).await;
    let (token, (id, email)) = (program(&app, "users:read users:write").await, somebody(&app).await);
    let login = app.login(&email).await.expect(200);
    let set = async |password: &str| {
        app.post(&deed(&id, "set-password"), Some(&token), &json!({ "new_password": password })).await
    };
    // One rule for everybody, also for whoever sets another's.
    for weak in ["short", PASSWORD, email.as_str()] {
        assert_eq!(set(weak).await.refusal(), (422, "weak_password".into()), "{weak}");
    }
    app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200);
    set(GIVEN).await.expect(204);
    // Its owner is told.
    app.mail_to(&email, "password_changed").await;
    let me = app.get("/v1/me", Some(&login.str("access_token"))).await;
    assert_eq!(me.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.login(&email).await.refusal(), wrong());
    let owed = app.post("/v1/login", None, &log_in_with(GIVEN, &email)).await.expect(200);
    assert_eq!(owed.json()["status"], "password_change_required");
    let change = |new: &str| json!({ "challenge": owed.str("challenge"), "new_password": new });
    for used in [GIVEN, PASSWORD] {
        let refused = app.post("/v1/login/password", None, &change(used)).await;
        assert_eq!(refused.refusal(), (422, "weak_password".into()), "{used}");
    }
    app.post("/v1/login/password", None, &change("a password of one's own, at last")).await.expect(200);
    let after = app.get(&user(&id), Some(&token)).await.expect(200).json();
    assert_eq!(after["must_change_password"], false);
    let nobodys = json!({ "new_password": GIVEN });
    assert_eq!(app.post(&deed(&nobody(), "set-password"), Some(&token), &nobodys).await.refusal(), not_there());
    app.node.stop().await;
}

async fn a_change_of_password_can_be_demanded(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (token, (id, email)) = (program(&app, "users:read users:write").await, somebody(&app).await);
    let login = app.login(&email).await.expect(200);
    for _ in 0..2 {
        app.post(&deed(&id, "require-password-change"), Some(&token), &json!({})).await.expect(204);
    }
    assert_eq!(app.login(&email).await.expect(200).json()["status"], "password_change_required");
    app.refresh(&login.str("refresh_token")).await.expect(200);
    let bare = app.post("/v1/admin/users", Some(&token), &json!({ "email": new_email() })).await.expect(201).str("id");
    let refused = app.post(&deed(&bare, "require-password-change"), Some(&token), &json!({})).await;
    assert_eq!(refused.refusal(), (409, "no_password".into()));
    app.node.stop().await;
}

async fn an_address_is_verified_by_somebody_who_knows(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let strict = TestApp::spawn(&database.url, &[("EMAIL_VERIFICATION", "required")]).await;
    let (token, (id, email)) = (program(&app, "users:read users:write").await, somebody(&app).await);
    assert_eq!(strict.login(&email).await.refusal(), (403, "email_not_verified".into()));
    for _ in 0..2 {
        app.post(&deed(&id, "verify-email"), Some(&token), &json!({})).await.expect(204);
    }
    strict.login(&email).await.expect(200);
    let nameless = app.post("/v1/admin/users", Some(&token), &json!({ "username": "ada" })).await.expect(201).str("id");
    let refused = app.post(&deed(&nameless, "verify-email"), Some(&token), &json!({})).await;
    assert_eq!(refused.refusal(), (409, "no_email".into()));
    app.node.stop().await;
    strict.node.stop().await;
}

async fn a_second_factor_is_taken_away(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = program(&app, "users:read users:write").await;
    let person = Person::new(&app).await;
    let id = person.login.json()["user"]["id"].as_str().unwrap().to_owned();
    let path = deed(&id, "mfa");
    let off = json!({ "totp": { "enabled": false, "pending": false }, "recovery_codes_left": 0 });
    assert_eq!(app.get(&path, Some(&token)).await.expect(200).json(), off);
    // Nothing to take away, and nobody is signed out.
    app.delete(&path, Some(&token)).await.expect(204);
    SecondFactor::turn_on(&app, &person.access()).await;
    assert_eq!(app.get(&path, Some(&token)).await.expect(200).json()["totp"]["enabled"], true);
    assert_eq!(app.login(&person.email).await.expect(200).json()["status"], "mfa_required");
    app.delete(&path, Some(&token)).await.expect(204);
    assert_eq!(app.get("/v1/me", Some(&person.access())).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.login(&person.email).await.expect(200).json()["status"], "authenticated");
    assert_eq!(app.get(&path, Some(&token)).await.expect(200).json(), off);
    for answer in
        [app.get(&deed(&nobody(), "mfa"), Some(&token)).await, app.delete(&deed(&nobody(), "mfa"), Some(&token)).await]
    {
        assert_eq!(answer.refusal(), not_there());
    }
    app.node.stop().await;
}
