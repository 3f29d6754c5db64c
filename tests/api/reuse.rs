//! Reuse of a refresh token outside the grace, and what a restored backup looks like: the session ends, everywhere.

use std::time::Duration;

use keystead::domain::clock::{Clock, Timestamp};

use crate::app::{Answer, TestApp};
use crate::databases::{Engine, TestDatabase};
use crate::{execute, run_on};

on_each_database! {
    the_token_before_the_last_ends_the_session_at_once,
    the_last_token_after_the_grace_ends_the_session,
    a_token_from_after_the_backup_ends_the_session,
}

/// On every node within a second; at refresh at once.
async fn assert_ended(apps: &[&TestApp], tokens: &[&Answer]) {
    let revoked = (401, "session_revoked".to_owned());
    for tokens in tokens {
        for app in apps {
            assert_eq!(app.refresh(&tokens.str("refresh_token")).await.refusal(), revoked);
        }
    }
    let access = tokens[0].str("access_token");
    assert_eq!(apps[0].get("/v1/me", Some(&access)).await.refusal(), revoked, "at once where it was noticed");
    tokio::time::sleep(Duration::from_secs(1)).await;
    for app in apps {
        assert_eq!(app.get("/v1/me", Some(&access)).await.refusal(), revoked);
    }
}

async fn reason_in_the_feed(app: &TestApp, session_id: &str) -> String {
    let (id, secret) = app.client("revocations:read").await;
    let form = [("grant_type", "client_credentials")];
    let token = app.form("/oauth2/token", Some((&id, &secret)), &form).await.expect(200).str("access_token");
    let feed = app.get("/v1/revocations", Some(&token)).await.expect(200).json();
    let items = feed["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["sid"] == session_id).unwrap_or_else(|| panic!("{feed}"));
    item["reason"].as_str().unwrap().to_owned()
}

async fn the_token_before_the_last_ends_the_session_at_once(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let first = a.signed_in().await;
    let second = b.refresh(&first.str("refresh_token")).await.expect(200);
    let third = a.refresh(&second.str("refresh_token")).await.expect(200);
    let reused = a.refresh(&first.str("refresh_token")).await;
    assert_eq!(reused.refusal(), (401, "refresh_token_reused".into()));
    assert_ended(&[&a, &b], &[&third, &second, &first]).await;
    assert_eq!(reason_in_the_feed(&b, &first.str("session_id")).await, "refresh_token_reused");
    a.node.stop().await;
    b.node.stop().await;
}

async fn the_last_token_after_the_grace_ends_the_session(database: &TestDatabase) {
    let grace = [("REFRESH_GRACE_SECONDS", "1")];
    let (a, b) = (TestApp::spawn(&database.url, &grace).await, TestApp::spawn(&database.url, &grace).await);
    let first = a.signed_in().await;
    let second = a.refresh(&first.str("refresh_token")).await.expect(200);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(b.refresh(&first.str("refresh_token")).await.refusal(), (401, "refresh_token_reused".into()));
    assert_ended(&[&b, &a], &[&second, &first]).await;
    a.node.stop().await;
    b.node.stop().await;
}

async fn a_token_from_after_the_backup_ends_the_session(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let first = a.signed_in().await;
    let second = a.refresh(&first.str("refresh_token")).await.expect(200);
    execute(database, "UPDATE refresh_tokens SET generation = 0, rotated_at = NULL, rotated_by = NULL").await;
    assert_eq!(a.refresh(&second.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));
    assert_ended(&[&a, &b], &[&first, &second]).await;
    assert_eq!(reason_in_the_feed(&a, &first.str("session_id")).await, "state_rolled_back");
    a.node.stop().await;
    b.node.stop().await;
}

/// To the microsecond, which only a clock that is set by hand can show; and a server database has a clock of its own.
#[actix_web::test]
async fn the_grace_and_the_time_outs_end_when_they_should() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
        let app = TestApp::spawn_with_clock(&database.url, &[], clock.clone()).await;
        let first = app.signed_in().await;
        let second = app.refresh(&first.str("refresh_token")).await.expect(200);
        clock.advance(Duration::from_secs(10));
        let again = app.refresh(&first.str("refresh_token")).await.expect(200);
        assert_eq!(again.str("refresh_token"), second.str("refresh_token"));
        clock.advance(Duration::from_micros(1));
        assert_eq!(app.refresh(&first.str("refresh_token")).await.refusal(), (401, "refresh_token_reused".into()));
        assert_ended(&[&app], &[&second, &first]).await;

        // 15 minutes and 5 seconds of leeway; 7 days unless refreshed; 30 days at the most.
        let login = app.signed_in().await;
        clock.advance(Duration::from_secs(904));
        app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200);
        clock.advance(Duration::from_secs(2));
        let expired = app.get("/v1/me", Some(&login.str("access_token"))).await;
        assert_eq!(expired.refusal(), (401, "not_authenticated".into()));
        let mut token = login.str("refresh_token");
        for _ in 0..4 {
            token = app.refresh(&token).await.expect(200).str("refresh_token");
            clock.advance(Duration::from_micros(7 * 24 * 3_600_000_000 - 1));
        }
        let last = app.refresh(&token).await.expect(200);
        assert!(last.json()["refresh_expires_in"].as_u64().unwrap() < 2 * 24 * 3_600, "{}", last.text);
        clock.advance(Duration::from_hours(48));
        let expired = app.refresh(&last.str("refresh_token")).await;
        assert_eq!(expired.refusal(), (401, "session_expired".into()));
        let idle = app.signed_in().await;
        clock.advance(Duration::from_hours(7 * 24));
        assert_eq!(app.refresh(&idle.str("refresh_token")).await.refusal(), (401, "session_expired".into()));
        app.node.stop().await;
    })
    .await;
}
