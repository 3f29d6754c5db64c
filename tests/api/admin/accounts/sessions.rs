//! Sessions: whose there are, and ending one, some, or all.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Administrator, deed, nobody, not_there, somebody};
use crate::admin::program;
use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;
use crate::tables::execute;

on_each_database! {
    sessions_of_somebody_are_seen_and_ended,
    some_sessions_are_ended_by_what_they_have_in_common,
    what_says_nothing_ends_nothing,
    many_sessions_go_in_batches,
}

const BOTH: &str = "sessions:read sessions:write";

async fn lives(app: &TestApp, login: &Answer) -> bool {
    app.get("/v1/me", Some(&login.str("access_token"))).await.status == 200
}

async fn revoke(app: &TestApp, token: &str, body: Value) -> Value {
    app.post("/v1/admin/sessions/revoke", Some(token), &body).await.expect(200).json()
}

async fn sessions_of_somebody_are_seen_and_ended(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (token, (id, email)) = (program(&app, BOTH).await, somebody(&app).await);
    let path = deed(&id, "sessions");
    let mut logins = Vec::new();
    for _ in 0..3 {
        logins.push(app.login(&email).await.expect(200));
    }
    let page = app.get(&format!("{path}?limit=2"), Some(&token)).await.expect(200).json();
    let items = page["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["id"]), (2, &logins[2].json()["session_id"]));
    assert_eq!((&items[0]["ip"], &items[0]["current"]), (&json!("127.0.0.1"), &json!(false)));
    assert!(page["next_cursor"].is_string());
    let one = format!("/v1/admin/sessions/{}", logins[0].str("session_id"));
    for _ in 0..2 {
        app.delete(&one, Some(&token)).await.expect(204);
    }
    let told = [lives(&app, &logins[0]).await, lives(&app, &logins[1]).await];
    assert_eq!(told, [false, true]);
    app.delete(&path, Some(&token)).await.expect(204);
    assert!(!lives(&app, &logins[1]).await && !lives(&app, &logins[2]).await);
    let refused = app.refresh(&logins[1].str("refresh_token")).await;
    assert_eq!(refused.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.get(&path, Some(&token)).await.expect(200).json()["items"], json!([]));
    app.login(&email).await.expect(200);
    let strange = deed(&nobody(), "sessions");
    for answer in [app.get(&strange, Some(&token)).await, app.delete(&strange, Some(&token)).await] {
        assert_eq!(answer.refusal(), not_there());
    }
    let strange = format!("/v1/admin/sessions/{}", nobody());
    assert_eq!(app.delete(&strange, Some(&token)).await.refusal(), not_there());
    app.node.stop().await;
}

async fn some_sessions_are_ended_by_what_they_have_in_common(database: &TestDatabase) {
    let (app, other) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let admin = Administrator::new(&app).await;
    let token = admin.token();
    let ((ada, ada_email), (_, bob_email)) = (somebody(&app).await, somebody(&app).await);
    let (of_ada, of_bob) = (app.login(&ada_email).await.expect(200), app.login(&bob_email).await.expect(200));
    let elsewhere = format!(
        "UPDATE sessions SET ip = '192.0.2.7' WHERE user_id = (SELECT id FROM users WHERE email = '{bob_email}')"
    );
    execute(database, &elsewhere).await;
    let told = |dry_run: bool, sessions: u32| json!({ "dry_run": dry_run, "sessions": sessions, "skipped": 0, "complete": true });
    // Nothing happens before it is meant.
    let all = json!({ "all": true, "dry_run": true });
    assert_eq!(revoke(&app, &token, all).await, told(true, 2), "all but the one that asks");
    let long_ago = json!({ "before": "2020-01-01T00:00:00Z" });
    assert_eq!(revoke(&app, &token, long_ago).await, told(false, 0));
    assert!(lives(&app, &of_ada).await && lives(&other, &of_bob).await);
    assert_eq!(revoke(&app, &token, json!({ "ip": "::ffff:192.0.2.7" })).await, told(false, 1));
    assert!(lives(&app, &of_ada).await && !lives(&app, &of_bob).await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!lives(&other, &of_bob).await);
    let nowhere = json!({ "user_id": ada, "ip": "192.0.2.7" });
    assert_eq!(revoke(&app, &token, nowhere).await, told(false, 0), "all that is named has to fit");
    assert_eq!(revoke(&app, &token, json!({ "user_id": ada })).await, told(false, 1));
    assert!(!lives(&app, &of_ada).await);
    let again = app.login(&ada_email).await.expect(200);
    assert_eq!(revoke(&app, &token, json!({ "before": "2100-01-01T00:00:00Z" })).await, told(false, 1));
    assert!(!lives(&app, &again).await && lives(&app, &admin.login).await);
    app.node.stop().await;
    other.node.stop().await;
}

async fn what_says_nothing_ends_nothing(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (token, login) = (program(&app, BOTH).await, app.signed_in().await);
    for body in [
        json!({}),
        json!({ "all": false }),
        json!({ "dry_run": true }),
        json!({ "all": true, "ip": "192.0.2.7" }),
        json!({ "ip": "somewhere" }),
        json!({ "user_id": "ada" }),
        json!({ "before": "yesterday" }),
    ] {
        let refused = app.post("/v1/admin/sessions/revoke", Some(&token), &body).await;
        assert_eq!(refused.refusal(), (422, "invalid_input".into()), "{body}");
    }
    assert!(lives(&app, &login).await);
    let reader = program(&app, "sessions:read").await;
    let refused = app.post("/v1/admin/sessions/revoke", Some(&reader), &json!({ "all": true })).await;
    assert_eq!(refused.refusal(), super::denied());
    app.node.stop().await;
}

async fn many_sessions_go_in_batches(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("THROTTLE", "off")]).await;
    let (token, (id, email)) = (program(&app, BOTH).await, somebody(&app).await);
    let mut logins = Vec::new();
    for _ in 0..70 {
        logins.push(app.login(&email).await.expect(200));
    }
    assert_eq!(revoke(&app, &token, json!({ "user_id": id, "dry_run": true })).await["sessions"], 70);
    let done = revoke(&app, &token, json!({ "all": true })).await;
    assert_eq!((&done["sessions"], &done["complete"]), (&json!(70), &json!(true)));
    for login in [&logins[0], &logins[35], &logins[69]] {
        assert!(!lives(&app, login).await);
        let refresh = app.refresh(&login.str("refresh_token")).await;
        assert_eq!(refresh.refusal(), (401, "session_revoked".into()));
    }
    app.node.stop().await;
}
