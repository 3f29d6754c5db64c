//! One's own trail.

use std::time::Duration;

use keystead::domain::audit_event::{Action, Actor, NewEvent};
use keystead::domain::clock::Deadline;
use keystead::store::audit_events::WriteEvents;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::people::Person;

on_each_database! {
    somebody_sees_what_happened_to_them,
}

async fn events(app: &TestApp, bearer: &str, query: &str) -> Value {
    app.get(&format!("/v1/me/events{query}"), Some(bearer)).await.expect(200).json()
}

fn actions(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect()
}

async fn somebody_sees_what_happened_to_them(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (ada, bob) = (Person::new(&app).await, Person::new(&app).await);
    let guess = json!({ "identifier": ada.email, "password": "a guess of somebody else" });
    let guessed = app.post("/v1/login", None, &guess).await.expect(401);
    app.patch("/v1/me", Some(&ada.access()), &json!({ "display_name": "Ada" })).await.expect(200);
    let page = events(&app, &ada.access(), "").await;
    assert_eq!(actions(&page), ["user.changed", "sign_in.failed", "session.begun", "user.created"]);
    assert_eq!(page["next_cursor"], Value::Null);
    let failed = &page["items"][1];
    assert_eq!((&failed["outcome"], &failed["actor"]), (&json!("refused"), &json!("nobody")));
    assert_eq!(failed["detail"], json!({ "cause": "wrong_password", "method": "pwd" }));
    assert_eq!(failed["request_id"], json!(guessed.header("x-request-id")));
    assert_eq!((&failed["ip"], &failed["identifier"]), (&json!("127.0.0.1"), &json!(ada.email)));
    let begun = &page["items"][2];
    assert_eq!((&begun["actor"], &begun["session_id"]), (&json!("self"), &json!(ada.login.str("session_id"))));
    assert_eq!(actions(&events(&app, &bob.access(), "").await), ["session.begun", "user.created"]);

    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = events(&app, &ada.access(), &format!("?limit=1{cursor}")).await;
        walked.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(Value::Array(walked), page["items"]);
    app.get("/v1/me/events?limit=0", Some(&ada.access())).await.expect(400);
    app.get("/v1/me/events", None).await.expect(401);
    let export = app.get("/v1/me/export", Some(&ada.access())).await.expect(200).json();
    let exported: Vec<_> = export["events"].as_array().unwrap().iter().rev().skip(1).cloned().collect();
    assert_eq!(Value::Array(exported), page["items"], "the export tells of itself, and of all before");

    // What somebody else did who may: that they did, and not from where.
    let id = |person: &Person| person.login.json()["user"]["id"].as_str().unwrap().parse().unwrap();
    let mut event = NewEvent::new(app.node.context.house.node, Action::RoleGranted, Actor::person(id(&bob)));
    event.personal.ip = Some("192.0.2.9".to_owned());
    let write = WriteEvents(vec![event.about(id(&ada))]);
    app.node.context.house.database.run(write, Deadline::within(Duration::from_secs(10))).await.unwrap();
    let granted = events(&app, &ada.access(), "?limit=1").await["items"][0].clone();
    assert_eq!((&granted["action"], &granted["actor"]), (&json!("role.granted"), &json!("person")));
    assert_eq!((&granted["ip"], &granted["identifier"]), (&Value::Null, &Value::Null));
    app.node.stop().await;
}
