//! Service clients: their secrets are shown once, and worth nothing once they are replaced or deleted.

use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;

use super::{administrator, program};
use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;
use crate::promptness::a_second;

on_each_database! {
    a_client_is_made_listed_and_its_secret_shown_once,
    a_replaced_secret_and_a_deleted_client_are_refused_everywhere,
    nobody_gets_hold_of_a_client_that_can_do_more_than_they,
}

const CLIENTS: &str = "/v1/admin/clients";

async fn token(app: &TestApp, id: &str, secret: &str) -> Answer {
    app.form("/oauth2/token", Some((id, secret)), &[("grant_type", "client_credentials")]).await
}

async fn a_client_is_made_listed_and_its_secret_shown_once(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = administrator(&app).await.access();
    let body = json!({ "name": "Billing", "permissions": ["users:read"] });
    let made = app.post(CLIENTS, Some(&admin), &body).await.expect(201);
    let (id, secret) = (made.str("client_id"), made.str("client_secret"));
    assert_eq!(made.json()["client"]["id"], json!(id));
    let tokens = token(&app, &id, &secret).await.expect(200);
    assert_eq!(tokens.str("scope"), "users:read");
    assert_eq!(app.post(CLIENTS, Some(&admin), &body).await.refusal(), (409, "name_taken".into()));
    let other = json!({ "name": "Other", "permissions": [] });
    app.post(CLIENTS, Some(&admin), &other).await.expect(201);
    let list = app.get(&format!("{CLIENTS}?limit=1"), Some(&admin)).await.expect(200);
    assert_eq!(list.json()["items"][0]["name"], "Other", "the latest first");
    let cursor = list.str("next_cursor");
    let rest = app.get(&format!("{CLIENTS}?limit=1&cursor={cursor}"), Some(&admin)).await.expect(200);
    let client = &rest.json()["items"][0];
    assert_eq!((&client["name"], &client["permissions"]), (&json!("Billing"), &json!(["users:read"])));
    assert!(client["last_used_at"].is_string() && rest.json()["next_cursor"].is_null(), "{client}");
    assert!(!rest.text.contains(&secret) && !rest.text.contains("secret"), "{}", rest.text);
    for (pointer, body) in [
        ("/name", json!({ "name": " a", "permissions": [] })),
        ("/permissions", json!({ "name": "a", "permissions": ["*:*"] })),
        ("/permissions", json!({ "name": "a", "permissions": ["nonsense"] })),
    ] {
        let answer = app.post(CLIENTS, Some(&admin), &body).await.expect(422);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    app.node.stop().await;
}

/// The way that is remembered by what was shown. A wrong secret is asked beside the right one, so that no answer is another's.
async fn introspection(app: &TestApp, id: &str, secret: &str) -> u16 {
    let ask = async |secret: &str| {
        app.form("/oauth2/introspect", Some((id, secret)), &[("token", "none")]).await.status.as_u16()
    };
    assert_eq!(ask(&secret.replace("ksc_", "ksc_A")[..secret.len()]).await, 401);
    ask(secret).await
}

async fn a_replaced_secret_and_a_deleted_client_are_refused_everywhere(database: &TestDatabase) {
    let (here, there) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let admin = administrator(&here).await.access();
    let (id, old) = here.client("roles:read").await;
    for node in [&here, &there] {
        token(node, &id, &old).await.expect(200);
        assert_eq!((introspection(node, &id, &old).await, introspection(node, &id, &old).await), (200, 200));
    }
    let path = format!("{CLIENTS}/{id}");
    let rotated = here.post(&format!("{path}/rotate-secret"), Some(&admin), &json!({})).await.expect(200);
    let (since, new) = (Instant::now(), rotated.str("client_secret"));
    assert_eq!(token(&here, &id, &old).await.expect(401).str("error"), "invalid_client");
    assert_eq!(introspection(&here, &id, &old).await, 401, "forgotten at once where it was replaced");
    refused_soon(&there, &id, &old, since).await;
    assert_eq!(introspection(&here, &id, &new).await, 200);
    let access = token(&there, &id, &new).await.expect(200).str("access_token");
    there.get("/v1/admin/roles", Some(&access)).await.expect(200);

    here.delete(&path, Some(&admin)).await.expect(204);
    let since = Instant::now();
    assert_eq!((token(&here, &id, &new).await.status.as_u16(), introspection(&here, &id, &new).await), (401, 401));
    assert_eq!(here.get("/v1/admin/roles", Some(&access)).await.status, 401, "its tokens went with it");
    refused_soon(&there, &id, &new, since).await;
    while there.get("/v1/admin/roles", Some(&access)).await.status == 200 {
        assert!(since.elapsed() < 10 * a_second(), "still let in");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(since.elapsed() < a_second(), "{:?}", since.elapsed());
    assert_eq!(here.delete(&path, Some(&admin)).await.refusal(), (404, "not_found".into()));
    let rotate = format!("{CLIENTS}/{}/rotate-secret", Uuid::now_v7());
    assert_eq!(here.post(&rotate, Some(&admin), &json!({})).await.refusal(), (404, "not_found".into()));
    here.node.stop().await;
    there.node.stop().await;
}

async fn refused_soon(app: &TestApp, id: &str, secret: &str, since: Instant) {
    while token(app, id, secret).await.status == 200 || introspection(app, id, secret).await == 200 {
        assert!(since.elapsed() < 10 * a_second(), "still let in");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // It is looked up once a second.
    assert!(since.elapsed() < a_second() + Duration::from_millis(200), "{:?}", since.elapsed());
}

async fn nobody_gets_hold_of_a_client_that_can_do_more_than_they(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let clerk = program(&app, "clients:write a:b").await;
    let denied = (403, "permission_denied".to_owned());
    let more = json!({ "name": "more", "permissions": ["a:b", "users:write"] });
    assert_eq!(app.post(CLIENTS, Some(&clerk), &more).await.refusal(), denied);
    let (id, secret) = app.client("users:write").await;
    let path = format!("{CLIENTS}/{id}");
    assert_eq!(app.post(&format!("{path}/rotate-secret"), Some(&clerk), &json!({})).await.refusal(), denied);
    assert_eq!(app.delete(&path, Some(&clerk)).await.refusal(), denied);
    token(&app, &id, &secret).await.expect(200);
    let made = app.post(CLIENTS, Some(&clerk), &json!({ "name": "less", "permissions": ["a:b"] })).await.expect(201);
    app.delete(&format!("{CLIENTS}/{}", made.str("client_id")), Some(&clerk)).await.expect(204);
    app.node.stop().await;
}
