//! `GET /v1/admin/audit`: who may read the trail, by which filters, and that reading it is an event too.

use serde_json::{Value, json};

use super::program;
use crate::app::{TestApp, new_email};
use crate::databases::{Engine, TestDatabase};

async fn list(app: &TestApp, token: &str, query: &str) -> Vec<Value> {
    let answer = app.get(&format!("/v1/admin/audit{query}"), Some(token)).await.expect(200);
    answer.json()["items"].as_array().unwrap().clone()
}

fn actions(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["action"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn the_trail_is_read_by_its_filters_and_reading_it_is_an_event() {
    let Some(database) = TestDatabase::create(Engine::Sqlite).await else { return };
    let app = TestApp::spawn(&database.url, &[]).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    let user = app.login(&email).await.expect(200).json()["user"]["id"].as_str().unwrap().to_owned();
    app.post("/v1/login", None, &json!({ "identifier": email, "password": "not the one at all" })).await.expect(401);
    let token = program(&app, "audit:read").await;

    let about = list(&app, &token, &format!("?user={user}")).await;
    assert!(
        ["sign_in.failed", "session.begun", "user.created"].iter().all(|it| actions(&about).contains(it)),
        "{about:?}"
    );
    assert!(about.iter().all(|item| item["subject_id"] == user.as_str()), "{about:?}");
    let failed = list(&app, &token, "?action=sign_in.failed&outcome=refused&ip=127.0.0.1").await;
    assert_eq!(actions(&failed), ["sign_in.failed"]);
    assert_eq!(failed[0]["detail"]["cause"], "wrong_password");
    assert_eq!(failed[0]["identifier"], email.as_str());
    assert_eq!(failed[0]["actor"], json!({ "kind": "nobody", "id": null }));
    let at = failed[0]["at"].as_str().unwrap();
    assert!(list(&app, &token, "?after=2999-01-01T00:00:00Z").await.is_empty());
    assert!(actions(&list(&app, &token, &format!("?after={at}&limit=200")).await).contains(&"sign_in.failed"));
    assert!(list(&app, &token, &format!("?before={at}&action=sign_in.failed")).await.is_empty());
    assert!(list(&app, &token, "?ip=::1").await.is_empty());

    let read = list(&app, &token, "?action=audit.read&limit=1").await;
    assert_eq!(read[0]["actor"]["kind"], "client");
    assert_eq!(read[0]["detail"]["filters"], "ip");
    let own = list(&app, &token, &format!("?action=audit.read&user={user}")).await;
    assert_eq!(own.len(), 1, "whom it was about is noted, too");
    app.node.stop().await;
}

#[actix_web::test]
async fn pages_and_mistakes() {
    let Some(database) = TestDatabase::create(Engine::Sqlite).await else { return };
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = program(&app, "audit:read").await;
    for _ in 0..5 {
        list(&app, &token, "").await;
    }
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let path = format!("/v1/admin/audit?action=audit.read&limit=2&cursor={cursor}");
        let page = app.get(&path, Some(&token)).await.expect(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5, "those that reading it added stand before the first page");
    assert!(seen.is_sorted_by(|one, next| one > next));
    for query in
        ["action=nothing.done", "outcome=maybe", "ip=localhost", "after=today", "before=1", "user=ada", "limit=0"]
    {
        let refused = app.get(&format!("/v1/admin/audit?{query}"), Some(&token)).await;
        assert_eq!(refused.refusal(), (400, "invalid_field".into()), "{query}");
    }
    let stranger = program(&app, "users:read").await;
    assert_eq!(app.get("/v1/admin/audit", Some(&stranger)).await.refusal(), (403, "permission_denied".into()));
    app.node.stop().await;
}
