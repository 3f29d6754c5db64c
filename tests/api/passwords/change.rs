//! Changing one's own password, signed in.

use std::time::Duration;

use futures_util::future::join_all;
use keystead::actors::hasher::messages::Disturb;
use keystead::domain::clock::Deadline;
use serde_json::json;

use super::{NEW, NEWER, change, log_in, owner, reasons};
use crate::app::{PASSWORD, TestApp};
use crate::databases::TestDatabase;
use crate::tables::count;
use crate::{execute, race_rounds};

on_each_database! {
    the_others_end_and_this_one_stays,
    the_others_stay_where_that_is_wanted,
    what_is_refused_changes_nothing,
    of_changes_at_once_one_is_the_last,
    a_hash_made_anew_meanwhile_is_no_hindrance,
}

async fn the_others_end_and_this_one_stays(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("users:read").await;
    let (email, here) = owner(&app).await;
    let there = app.login(&email).await.expect(200);
    let bystander = app.signed_in().await;
    let (access, other) = (here.str("access_token"), there.str("access_token"));
    change(&app, &access, PASSWORD, NEW).await.expect(204);

    assert_eq!(app.get("/v1/me", Some(&other)).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.refresh(&there.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.introspect(&client, &other).await.json()["active"], false);
    for living in [&access, &bystander.str("access_token")] {
        app.get("/v1/me", Some(living)).await.expect(200);
        assert_eq!(app.introspect(&client, living).await.json()["active"], true);
    }
    let refreshed = app.refresh(&here.str("refresh_token")).await.expect(200);
    app.get("/v1/me", Some(&refreshed.str("access_token"))).await.expect(200);

    assert_eq!(log_in(&app, &email, PASSWORD).await.refusal(), (401, "invalid_credentials".into()));
    log_in(&app, &email, NEW).await.expect(200);
    let letters = format!("SELECT COUNT(*) FROM outbox WHERE kind = 'password_changed' AND recipient = '{email}'");
    assert_eq!(count(database, &letters).await, 1);
    assert_eq!(count(database, "SELECT COUNT(*) FROM revocations WHERE reason = 'password_changed'").await, 1);
    assert_eq!(
        count(database, "SELECT COUNT(*) FROM password_history").await,
        0,
        "nothing is kept that is not asked for"
    );
    app.node.stop().await;
}

async fn the_others_stay_where_that_is_wanted(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (email, here) = owner(&app).await;
    let there = app.login(&email).await.expect(200);
    let body = json!({ "current_password": PASSWORD, "new_password": NEW, "keep_other_sessions": true });
    app.post("/v1/password/change", Some(&here.str("access_token")), &body).await.expect(204);
    for login in [&here, &there] {
        app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200);
        app.refresh(&login.str("refresh_token")).await.expect(200);
    }
    assert_eq!(count(database, "SELECT COUNT(*) FROM revocations").await, 0);
    log_in(&app, &email, NEW).await.expect(200);
    assert_eq!(log_in(&app, &email, PASSWORD).await.status, 401);
    app.node.stop().await;
}

async fn what_is_refused_changes_nothing(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (email, login) = owner(&app).await;
    let access = login.str("access_token");
    let wrong = change(&app, &access, "another password", NEW).await;
    assert_eq!(wrong.refusal(), (401, "invalid_credentials".into()));
    let unchanged = change(&app, &access, PASSWORD, PASSWORD).await;
    assert_eq!(reasons(&unchanged, "/new_password"), ["unchanged"]);
    // Who does not know the current password is told nothing about another one.
    assert_eq!(change(&app, &access, NEW, "short").await.status, 401);
    assert_eq!(reasons(&change(&app, &access, PASSWORD, "short").await, "/new_password")[0], "too_short");
    let long = change(&app, &access, PASSWORD, &"x".repeat(1_025)).await;
    assert_eq!((long.status.as_u16(), &long.json()["errors"][0]["pointer"]), (422, &json!("/new_password")));
    let nobody = app.post("/v1/password/change", None, &json!({})).await;
    assert_eq!(nobody.refusal(), (401, "not_authenticated".into()));
    log_in(&app, &email, PASSWORD).await.expect(200);
    app.get("/v1/me", Some(&access)).await.expect(200);

    execute(database, &format!("UPDATE users SET hashed_password = NULL WHERE email = '{email}'")).await;
    let without = change(&app, &access, PASSWORD, NEW).await;
    assert_eq!(without.refusal(), (409, "no_password".into()));
    app.node.stop().await;
}

async fn of_changes_at_once_one_is_the_last(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("HASH_MAX_WAIT_MS", "9000"), ("THROTTLE", "off")]).await;
    app.warm_up().await;
    for _ in 0..race_rounds().div_ceil(5) {
        let (email, login) = owner(&app).await;
        let access = login.str("access_token");
        let all = (0..8).map(|n| {
            let (app, access, new) = (&app, &access, format!("{NEWER}, number {n}"));
            async move { (change(app, access, PASSWORD, &new).await, new) }
        });
        let answers = join_all(all).await;
        let won: Vec<_> = answers.iter().filter(|(answer, _)| answer.status == 204).collect();
        assert_eq!(won.len(), 1);
        for (answer, new) in &answers {
            let expected = if answer.status == 204 { 200 } else { 401 };
            assert_eq!(log_in(&app, &email, new).await.status, expected);
            assert!(matches!(answer.status.as_u16(), 204 | 401 | 409), "{}", answer.text);
        }
        app.get("/v1/me", Some(&access)).await.expect(200);
    }
    app.node.stop().await;
}

/// A sign-in from elsewhere has it hashed with today's parameters, while this one is being judged.
async fn a_hash_made_anew_meanwhile_is_no_hindrance(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("HASH_THREADS", "1"), ("HASH_MAX_WAIT_MS", "9000")]).await;
    let hasher = &app.node.context.house.hasher;
    let soon = || Deadline::within(Duration::from_secs(10));
    let (email, login) = owner(&app).await;
    let access = login.str("access_token");
    for (password, status) in [(PASSWORD, 204), (NEWER, 409)] {
        let current = if status == 204 { PASSWORD } else { NEW };
        let anew = hasher.hash(password.to_owned().into(), soon()).await.unwrap();
        // Another password comes with the time at which it was set, the same one hashed anew does not.
        let at = if status == 204 { "" } else { ", password_changed_at = 1" };
        let meanwhile = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            execute(database, &format!("UPDATE users SET hashed_password = '{anew}'{at} WHERE email = '{email}'"))
                .await;
        };
        let held = hasher.disturb(Disturb::Hold(Duration::from_secs(1)), soon());
        let new = if status == 204 { NEW } else { "any other words at all" };
        let (held, answer, ()) = tokio::join!(held, change(&app, &access, current, new), meanwhile);
        held.unwrap();
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    log_in(&app, &email, NEWER).await.expect(200);
    app.node.stop().await;
}
