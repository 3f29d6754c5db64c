//! What administrators do is in the trail, with who did it; what was refused or changed nothing is not.

use serde_json::json;

use super::{administrator, id_of, program, put};
use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::tables::count;

on_each_database! {
    deeds_are_told_once_and_what_was_not_done_is_not,
}

async fn told(database: &TestDatabase, action: &str) -> i64 {
    count(database, &format!("SELECT COUNT(*) FROM audit_events WHERE action = '{action}'")).await
}

async fn deeds_are_told_once_and_what_was_not_done_is_not(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (admin, ada) = (administrator(&app).await, Person::new(&app).await);
    let token = admin.access();
    let keys_before = told(database, "key.created").await;
    let clients_before = told(database, "client.created").await;
    let role = json!({ "name": "reader", "permissions": [] });
    app.post("/v1/admin/roles", Some(&token), &role).await.expect(201);
    app.post("/v1/admin/roles", Some(&token), &role).await.expect(409);
    let held = format!("/v1/admin/users/{}/roles/reader", id_of(&ada));
    for _ in 0..2 {
        put(&app, &held, &token).await.expect(204);
    }
    for _ in 0..2 {
        app.delete(&held, Some(&token)).await.expect(204);
    }
    for _ in 0..2 {
        app.patch("/v1/admin/roles/reader", Some(&token), &json!({ "description": "x" })).await.expect(200);
    }
    let clerk = program(&app, "roles:write roles:assign clients:write").await;
    let more = json!({ "name": "more", "permissions": ["a:b"] });
    app.post("/v1/admin/roles", Some(&clerk), &more).await.expect(403);
    put(&app, &format!("/v1/admin/users/{}/roles/auditor", id_of(&ada)), &clerk).await.expect(403);
    let last = format!("/v1/admin/users/{}/roles/admin", id_of(&admin));
    app.delete(&last, Some(&token)).await.expect(409);
    let client = json!({ "name": "billing", "permissions": [] });
    let made = app.post("/v1/admin/clients", Some(&token), &client).await.expect(201);
    app.post("/v1/admin/clients", Some(&token), &client).await.expect(409);
    let path = format!("/v1/admin/clients/{}", made.str("client_id"));
    app.post(&format!("{path}/rotate-secret"), Some(&token), &json!({})).await.expect(200);
    app.delete(&path, Some(&token)).await.expect(204);
    app.delete(&path, Some(&token)).await.expect(404);
    app.post("/v1/admin/keys/rotate", Some(&token), &json!({})).await.expect(201);
    app.post("/v1/admin/keys/rotate", Some(&token), &json!({})).await.expect(200);
    app.delete("/v1/admin/roles/reader", Some(&token)).await.expect(204);

    let once = [
        "role.created",
        "role.granted",
        "role.taken",
        "role.changed",
        "client.secret_rotated",
        "client.deleted",
        "role.deleted",
        "key.retired",
    ];
    for action in once {
        // The built-in roles are made by nobody in particular.
        let by_a_person = format!("{action}' AND actor_kind = 'person");
        assert_eq!(told(database, &by_a_person).await, 1, "{action}");
    }
    assert_eq!(told(database, "key.created").await - keys_before, 1);
    // One by the administrator, one as from the command line.
    assert_eq!(told(database, "client.created").await - clients_before, 2);
    let by_admin = "SELECT COUNT(*) FROM audit_events e JOIN users u ON u.id = e.actor_id \
         WHERE e.actor_kind = 'person' AND e.outcome = 'success' AND e.request_id IS NOT NULL \
         AND (e.action LIKE 'role.%' OR e.action LIKE 'client.%' OR e.action LIKE 'key.%')";
    let by_admin = format!("{by_admin} AND u.username = '{}'", admin.username);
    assert_eq!(count(database, &by_admin).await, 10);
    app.node.stop().await;
}
