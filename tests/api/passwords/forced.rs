//! A password that was right and may not stay: after every other factor, and before any token.

use futures_util::future::join_all;
use serde_json::json;

use super::{NEW, NEWER, answer_challenge, challenge, change, log_in, owner, reasons};
use crate::app::{PASSWORD, TestApp};
use crate::databases::TestDatabase;
use crate::tables::count;
use crate::{execute, race_rounds};

on_each_database! {
    somebody_elses_choice_is_replaced,
    an_old_one_is_replaced,
    a_challenge_leads_nowhere_any_more,
    of_sixty_four_answers_one_counts,
}

async fn set(database: &TestDatabase, email: &str, change: &str) {
    execute(database, &format!("UPDATE users SET {change} WHERE email = '{email}'")).await;
}

async fn somebody_elses_choice_is_replaced(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (email, before) = owner(&app).await;
    set(database, &email, "must_change_password = TRUE").await;
    // What has begun goes on.
    app.get("/v1/me", Some(&before.str("access_token"))).await.expect(200);
    let challenge = challenge(&app.login(&email).await.expect(200));
    for (weak, code) in [("short", "too_short"), (PASSWORD, "unchanged"), ("password1234", "too_common")] {
        let codes = reasons(&answer_challenge(&app, &challenge, weak).await, "/new_password");
        assert!(codes.iter().any(|found| found == code), "{weak}: {codes:?}");
    }
    // The challenge is good for nothing else, and was not spent by any of that.
    assert_eq!(app.get("/v1/me", Some(&challenge)).await.status, 401);
    let tokens = answer_challenge(&app, &challenge, NEW).await.expect(200);
    app.get("/v1/me", Some(&tokens.str("access_token"))).await.expect(200);
    app.refresh(&tokens.str("refresh_token")).await.expect(200);
    assert_eq!(app.get("/v1/me", Some(&before.str("access_token"))).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.refresh(&before.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));

    let again = answer_challenge(&app, &challenge, NEWER).await;
    assert_eq!(again.refusal(), (410, "challenge_spent".into()));
    assert_eq!(log_in(&app, &email, PASSWORD).await.status, 401);
    let after = log_in(&app, &email, NEW).await.expect(200);
    assert_eq!(after.str("status"), "authenticated");
    // The device that changed it is a known one: its token is of the new epoch.
    let body = json!({ "identifier": email, "password": NEW, "device_token": tokens.str("device_token") });
    app.post("/v1/login", None, &body).await.expect(200);
    let letters = |kind: &str| format!("SELECT COUNT(*) FROM outbox WHERE recipient = '{email}' AND kind = '{kind}'");
    assert_eq!(count(database, &letters("password_changed")).await, 1);
    app.node.stop().await;
}

async fn an_old_one_is_replaced(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("PASSWORD_MAX_AGE_DAYS", "30")]).await;
    let (email, _) = owner(&app).await;
    let now = app.node.context.house.clock.now().as_micros();
    let days = |days: i64| now - days * 24 * 3_600 * 1_000_000;
    set(database, &email, &format!("password_changed_at = {}", days(29))).await;
    assert_eq!(app.login(&email).await.str("status"), "authenticated");
    set(database, &email, &format!("password_changed_at = {}", days(31))).await;
    let challenge = challenge(&app.login(&email).await.expect(200));
    answer_challenge(&app, &challenge, NEW).await.expect(200);
    assert_eq!(log_in(&app, &email, NEW).await.str("status"), "authenticated");
    app.node.stop().await;
}

async fn a_challenge_leads_nowhere_any_more(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    for (change_of_mind, refusal) in [
        ("auth_epoch = auth_epoch + 1", (410, "challenge_spent")),
        ("locked_at = 1", (410, "challenge_spent")),
        ("active = FALSE", (410, "challenge_spent")),
    ] {
        let (email, _) = owner(&app).await;
        set(database, &email, "must_change_password = TRUE").await;
        let challenge = challenge(&app.login(&email).await);
        set(database, &email, change_of_mind).await;
        let answer = answer_challenge(&app, &challenge, NEW).await;
        assert_eq!(answer.refusal(), (refusal.0, refusal.1.to_owned()), "{change_of_mind}");
        let spent = "SELECT COUNT(*) FROM one_time_tokens WHERE spent_at IS NOT NULL";
        assert_eq!(count(database, spent).await, 0);
    }
    // Two sign-ins, and the first to answer changes the password of both. So does whoever is signed in already.
    let (email, inside) = owner(&app).await;
    set(database, &email, "must_change_password = TRUE").await;
    let challenges = [challenge(&app.login(&email).await), challenge(&app.login(&email).await)];
    answer_challenge(&app, &challenges[0], NEW).await.expect(200);
    assert_eq!(answer_challenge(&app, &challenges[1], NEWER).await.status, 410);
    assert_eq!(app.get("/v1/me", Some(&inside.str("access_token"))).await.status, 401);
    let inside = log_in(&app, &email, NEW).await.expect(200).str("access_token");
    set(database, &email, "must_change_password = TRUE").await;
    let challenge = challenge(&log_in(&app, &email, NEW).await);
    change(&app, &inside, NEW, NEWER).await.expect(204);
    assert_eq!(answer_challenge(&app, &challenge, PASSWORD).await.status, 410);

    for nonsense in ["", "ks1_", "ks1_AAAA", &"x".repeat(5_000), &inside] {
        assert_eq!(answer_challenge(&app, nonsense, NEW).await.refusal(), (410, "challenge_spent".into()));
    }
    app.node.stop().await;
}

async fn of_sixty_four_answers_one_counts(database: &TestDatabase) {
    let patient = [("HASH_MAX_WAIT_MS", "9000")];
    let nodes = [TestApp::spawn(&database.url, &patient).await, TestApp::spawn(&database.url, &patient).await];
    for node in &nodes {
        node.warm_up().await;
    }
    for _ in 0..race_rounds().div_ceil(5) {
        let (email, _) = owner(&nodes[0]).await;
        set(database, &email, "must_change_password = TRUE").await;
        let challenge = challenge(&nodes[0].login(&email).await);
        let all = (0..64).map(|n| {
            let (app, challenge, new) = (&nodes[n % 2], &challenge, format!("{NEWER}, number {n}"));
            async move { (answer_challenge(app, challenge, &new).await, new) }
        });
        let answers = join_all(all).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(answer, _)| answer.status == 200);
        assert_eq!(won.len(), 1);
        for (answer, _) in &lost {
            assert_eq!(answer.refusal(), (410, "challenge_spent".into()));
        }
        log_in(&nodes[1], &email, &won[0].1).await.expect(200);
        let of_user = format!("user_id = (SELECT id FROM users WHERE email = '{email}')");
        let kept = format!("SELECT COUNT(*) FROM revocations WHERE {of_user}");
        assert_eq!(count(database, &kept).await, 1);
    }
    for node in &nodes {
        node.node.stop().await;
    }
}
