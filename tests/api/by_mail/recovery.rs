//! A forgotten password: a token by mail, another password, and everybody out.

use super::{NEW, change_email, confirm_change, forgot, log_in, reset, reset_token, spent, strange_tokens};
use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::people::{Person, SecondFactor};
use crate::tables::{count, execute};

on_each_database! {
    a_reset_sets_the_password_and_ends_every_session,
    a_reset_does_not_skip_the_second_factor,
    a_weak_password_leaves_the_token_good,
    only_an_open_account_is_written_to,
    a_token_is_good_for_half_an_hour_and_for_the_address_it_went_to,
    a_device_that_was_known_is_known_no_more,
}

async fn a_reset_sets_the_password_and_ends_every_session(database: &TestDatabase) {
    let (app, other) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let (ada, bob) = (Person::new(&app).await, Person::new(&app).await);
    let second = app.login(&ada.email).await.expect(200);
    let (unused, token) = (reset_token(&app, &ada.email).await, reset_token(&app, &ada.email).await);
    assert!(reset(&app, &token, NEW).await.expect(204).text.is_empty());
    for (access, refresh) in [(ada.access(), ada.refresh()), (second.str("access_token"), second.str("refresh_token"))]
    {
        assert_eq!(app.get("/v1/me", Some(&access)).await.refusal(), (401, "session_revoked".into()));
        assert_eq!(other.refresh(&refresh).await.refusal(), (401, "session_revoked".into()));
    }
    assert_eq!(log_in(&app, &ada.email, PASSWORD).await.refusal(), (401, "invalid_credentials".into()));
    for token in [token, unused] {
        assert_eq!(reset(&other, &token, "yet another horse and battery").await.refusal(), spent());
    }
    let login = log_in(&app, &ada.email, NEW).await.expect(200);
    let me = app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200);
    assert_eq!(me.json()["email_verified"], true, "whoever reads mail to it has shown that it is theirs");
    app.mail_to(&ada.email, "password_changed").await;
    let told = "SELECT COUNT(*) FROM revocations WHERE reason = 'password_reset'";
    assert_eq!(count(database, told).await, 1, "whoever verifies tokens by themselves hears of it");
    app.get("/v1/me", Some(&bob.access())).await.expect(200);
    app.node.stop().await;
    other.node.stop().await;
}

async fn a_reset_does_not_skip_the_second_factor(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let mut ada = Person::new(&app).await;
    ada.second_factor = Some(SecondFactor::turn_on(&app, &ada.access()).await);
    let token = reset_token(&app, &ada.email).await;
    assert!(reset(&app, &token, NEW).await.expect(204).text.is_empty(), "it hands out nothing");
    let login = log_in(&app, &ada.email, NEW).await.expect(200);
    assert_eq!(login.str("status"), "mfa_required");
    let code = serde_json::json!({
        "challenge": login.str("challenge"), "factor": "recovery_code", "code": ada.recovery_code()
    });
    app.post("/v1/login/mfa", None, &code).await.expect(200).str("access_token");
    app.node.stop().await;
}

async fn a_weak_password_leaves_the_token_good(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let ada = Person::new(&app).await;
    let token = reset_token(&app, &ada.email).await;
    for (password, reason) in [("short", "too_short"), (PASSWORD, "unchanged")] {
        let answer = reset(&app, &token, password).await;
        assert_eq!(answer.refusal(), (422, "weak_password".into()));
        assert_eq!(answer.json()["errors"][0]["code"], reason, "{}", answer.text);
    }
    app.get("/v1/me", Some(&ada.access())).await.expect(200);
    reset(&app, &token, NEW).await.expect(204);
    app.node.stop().await;
}

async fn only_an_open_account_is_written_to(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let ada = Person::new(&app).await;
    let of_ada = |change: &str| format!("UPDATE users SET {change} WHERE username = '{}'", ada.username);
    let token = reset_token(&app, &ada.email).await;
    let states = [("locked_at = 1", "locked_at = NULL"), ("active = FALSE", "active = TRUE")];
    for (close, open) in states {
        execute(database, &of_ada(close)).await;
        forgot(&app, &ada.email).await.expect(202);
        assert_eq!(reset(&app, &token, NEW).await.refusal(), spent(), "{close}");
        execute(database, &of_ada(open)).await;
    }
    forgot(&app, &new_email()).await.expect(202);
    // A mail that goes to nobody was written each time.
    assert_eq!(count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'discard'").await, 3);
    assert_eq!(count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'reset_password'").await, 1);
    // Somebody who has only ever signed in elsewhere gets a first password.
    execute(database, &of_ada("hashed_password = NULL")).await;
    reset(&app, &reset_token(&app, &ada.email).await, NEW).await.expect(204);
    log_in(&app, &ada.email, NEW).await.expect(200);
    app.node.stop().await;
}

async fn a_token_is_good_for_half_an_hour_and_for_the_address_it_went_to(database: &TestDatabase) {
    const HALF_AN_HOUR: i64 = 30 * 60 * 1_000_000;
    let app = TestApp::spawn(&database.url, &[]).await;
    for token in strange_tokens() {
        assert_eq!(reset(&app, &token, NEW).await.refusal(), spent(), "{token}");
    }
    let ada = Person::new(&app).await;
    let late = reset_token(&app, &ada.email).await;
    let span = "SELECT expires_at - created_at FROM one_time_tokens";
    let span = count(database, span).await;
    assert!((HALF_AN_HOUR - 2_000_000..=HALF_AN_HOUR).contains(&span), "{span} µs");
    execute(database, "UPDATE one_time_tokens SET expires_at = 1").await;
    assert_eq!(reset(&app, &late, NEW).await.refusal(), spent(), "it has expired");

    let (elsewhere, new_address) = (reset_token(&app, &ada.email).await, new_email());
    change_email(&app, &ada.access(), &new_address).await.expect(204);
    confirm_change(&app, &app.mail_to(&new_address, "confirm_email_change").await.token()).await.expect(204);
    assert_eq!(reset(&app, &elsewhere, NEW).await.refusal(), spent(), "it went to the old address");
    reset(&app, &reset_token(&app, &new_address).await, NEW).await.expect(204);
    app.node.stop().await;
}

async fn a_device_that_was_known_is_known_no_more(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let ada = Person::new(&app).await;
    let known = |password: &str| {
        let device = ada.login.str("device_token");
        serde_json::json!({ "identifier": ada.email, "password": password, "device_token": device })
    };
    app.post("/v1/login", None, &known(PASSWORD)).await.expect(200);
    reset(&app, &reset_token(&app, &ada.email).await, NEW).await.expect(204);
    app.post("/v1/login", None, &known(NEW)).await.expect(200);
    app.mail_to(&ada.email, "new_device").await;
    assert_eq!(count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'new_device'").await, 1);
    app.node.stop().await;
}
