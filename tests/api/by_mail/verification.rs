//! Showing that an address is one's own: not asked for, asked for, or asked for before there is an account.

use serde_json::json;

use super::{OPTIONAL, REQUIRED, log_in, resend, spent, strange_tokens, verify};
use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::tables::{count, execute};

on_each_database! {
    without_it_nobody_is_written_to,
    where_it_is_optional_an_account_is_there_at_once,
    where_it_is_required_an_account_is_born_when_the_token_comes_back,
    of_several_registrations_the_first_to_come_back_is_made,
    the_owner_of_a_known_address_is_told_and_nobody_else,
    an_account_from_before_it_was_required_can_still_be_verified,
    what_was_never_mailed_verifies_nothing,
}

async fn is_verified(app: &TestApp, email: &str) -> bool {
    let login = app.login(email).await.expect(200);
    let me = app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200);
    assert_eq!(me.json()["email"], email, "as it was entered");
    me.json()["email_verified"] == true
}

async fn without_it_nobody_is_written_to(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    assert!(!is_verified(&app, &email).await);
    assert_eq!(count(database, "SELECT COUNT(*) FROM outbox").await, 0);
    assert_eq!(count(database, "SELECT COUNT(*) FROM one_time_tokens").await, 0);
    app.node.stop().await;
}

async fn where_it_is_optional_an_account_is_there_at_once(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[OPTIONAL]).await;
    let email = format!("Zoë.{}@example.test", uuid::Uuid::now_v7().simple());
    app.register(&email).await.expect(201);
    assert!(!is_verified(&app, &email).await, "and nothing depends on it");
    let first = app.mail_to(&email, "verify_email").await.token();
    resend(&app, &email.to_uppercase()).await.expect(202);
    let second = app.mail_to(&email, "verify_email").await.token();
    assert_eq!(verify(&app, &first).await.refusal(), spent(), "a newer one has taken its place");
    assert!(verify(&app, &second).await.expect(204).text.is_empty());
    assert!(is_verified(&app, &email).await);
    assert_eq!(verify(&app, &second).await.refusal(), spent());
    // There is nothing left to verify, so nobody is written to.
    resend(&app, &email).await.expect(202);
    assert_eq!(count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'discard'").await, 1);
    app.node.stop().await;
}

async fn where_it_is_required_an_account_is_born_when_the_token_comes_back(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[REQUIRED]).await;
    let (email, username) = (new_email(), format!("u{}", uuid::Uuid::now_v7().simple()));
    let metadata = json!({ "plan": "free", "seats": [1, 2] });
    let whole = json!({
        "email": email, "password": PASSWORD, "username": username, "display_name": "Zoë", "metadata": metadata
    });
    app.post("/v1/register", None, &whole).await.expect(202);
    assert_eq!(app.login(&email).await.refusal(), (401, "invalid_credentials".into()));
    assert_eq!(count(database, "SELECT COUNT(*) FROM users").await, 0, "there is no account");
    let first = app.mail_to(&email, "verify_email").await.token();
    resend(&app, &email).await.expect(202);
    let second = app.mail_to(&email, "verify_email").await.token();
    verify(&app, &first).await.expect(204);
    let login = app.login(&email).await.expect(200);
    let me = app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200).json();
    for (field, value) in [
        ("email", json!(email)),
        ("username", json!(username)),
        ("display_name", json!("Zoë")),
        ("metadata", metadata),
        ("email_verified", json!(true)),
        ("roles", json!(["user"])),
    ] {
        assert_eq!(me[field], value, "{field}");
    }
    for token in [&first, &second] {
        assert_eq!(verify(&app, token).await.refusal(), spent());
    }
    assert_eq!(count(database, "SELECT COUNT(*) FROM users").await, 1);
    app.node.stop().await;
}

async fn of_several_registrations_the_first_to_come_back_is_made(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[REQUIRED]).await;
    let (email, passwords) = (new_email(), [PASSWORD, "another horse, another battery"]);
    let mut tokens = Vec::new();
    for password in passwords {
        app.post("/v1/register", None, &json!({ "email": email, "password": password })).await.expect(202);
        tokens.push(app.mail_to(&email, "verify_email").await.token());
    }
    verify(&app, &tokens[1]).await.expect(204);
    assert_eq!(verify(&app, &tokens[0]).await.refusal(), spent());
    log_in(&app, &email, passwords[1]).await.expect(200);
    log_in(&app, &email, passwords[0]).await.expect(401);

    // A name is not kept for somebody who has yet to answer; who finds it taken may come again.
    let (early, late) = (new_email(), new_email());
    for email in [&early, &late] {
        let body = json!({ "email": email, "password": PASSWORD, "username": "thesame" });
        app.post("/v1/register", None, &body).await.expect(202);
    }
    verify(&app, &app.mail_to(&late, "verify_email").await.token()).await.expect(204);
    let token = app.mail_to(&early, "verify_email").await.token();
    assert_eq!(verify(&app, &token).await.refusal(), (409, "username_taken".into()));
    execute(database, "UPDATE users SET username = 'other', username_key = 'other' WHERE username = 'thesame'").await;
    verify(&app, &token).await.expect(204);
    app.login(&early).await.expect(200);
    app.node.stop().await;
}

async fn the_owner_of_a_known_address_is_told_and_nobody_else(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[REQUIRED]).await;
    let email = new_email();
    app.register(&email).await.expect(202);
    verify(&app, &app.mail_to(&email, "verify_email").await.token()).await.expect(204);
    let body = json!({ "email": email, "password": "another horse, another battery" });
    app.post("/v1/register", None, &body).await.expect(202);
    assert!(!app.mail_to(&email, "address_taken").await.text.contains("ks1_"), "nothing in it opens anything");
    // Nobody gets a token by asking again either.
    resend(&app, &email).await.expect(202);
    assert_eq!(count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'verify_email'").await, 1);
    assert_eq!(log_in(&app, &email, "another horse, another battery").await.status, 401);
    app.login(&email).await.expect(200);
    app.node.stop().await;
}

async fn an_account_from_before_it_was_required_can_still_be_verified(database: &TestDatabase) {
    let lax = TestApp::spawn(&database.url, &[]).await;
    let strict = TestApp::spawn(&database.url, &[REQUIRED]).await;
    let email = new_email();
    lax.register(&email).await.expect(201);
    assert_eq!(strict.login(&email).await.refusal(), (403, "email_not_verified".into()));
    resend(&strict, &email).await.expect(202);
    verify(&strict, &strict.mail_to(&email, "verify_email").await.token()).await.expect(204);
    strict.login(&email).await.expect(200);
    lax.node.stop().await;
    strict.node.stop().await;
}

async fn what_was_never_mailed_verifies_nothing(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[REQUIRED]).await;
    for token in strange_tokens() {
        assert_eq!(verify(&app, &token).await.refusal(), spent(), "{token}");
    }
    let email = new_email();
    app.register(&email).await.expect(202);
    let token = app.mail_to(&email, "verify_email").await.token();
    execute(database, "UPDATE one_time_tokens SET expires_at = 1").await;
    assert_eq!(verify(&app, &token).await.refusal(), spent(), "it has expired");
    resend(&app, &email).await.expect(202);
    assert_eq!(
        count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'discard'").await,
        1,
        "nothing waits any more"
    );
    app.node.stop().await;
}
