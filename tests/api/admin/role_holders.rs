//! Giving roles and taking them, and who may do that with whom.

use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;

use super::{administrator, id_of, program, put, signed_in_again};
use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::promptness::a_second;

on_each_database! {
    a_role_is_given_and_taken,
    a_refresh_brings_what_was_given_and_a_token_from_before_is_stale_everywhere,
    nobody_gives_or_takes_what_they_do_not_hold,
    the_last_administrator_keeps_the_role,
}

fn path(person: &Person, role: &str) -> String {
    format!("/v1/admin/users/{}/roles/{role}", id_of(person))
}

async fn a_role_is_given_and_taken(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = administrator(&app).await;
    let (token, ada) = (admin.access(), Person::new(&app).await);
    let auditor = path(&ada, "auditor");
    assert_eq!(app.get(&auditor, Some(&token)).await.refusal(), (404, "not_found".into()));
    put(&app, &auditor, &token).await.expect(204);
    let held = app.get(&auditor, Some(&token)).await.expect(200).json();
    assert_eq!((&held["role"], &held["granted_by"]), (&json!("auditor"), &json!(id_of(&admin))));
    put(&app, &auditor, &token).await.expect(204);
    assert_eq!(app.get(&auditor, Some(&token)).await.expect(200).json(), held, "given once");
    let at_registration = app.get(&path(&ada, "user"), Some(&token)).await.expect(200).json();
    assert_eq!(at_registration["granted_by"], json!(null));
    for _ in 0..2 {
        app.delete(&auditor, Some(&token)).await.expect(204);
    }
    assert_eq!(app.get(&auditor, Some(&token)).await.status, 404);
    let nobody = Uuid::now_v7();
    for path in [path(&ada, "none"), format!("/v1/admin/users/{nobody}/roles/auditor"), path(&ada, "Auditor")] {
        assert_eq!(put(&app, &path, &token).await.refusal(), (404, "not_found".into()), "{path}");
        assert_eq!(app.delete(&path, Some(&token)).await.refusal(), (404, "not_found".into()), "{path}");
    }
    app.node.stop().await;
}

async fn a_refresh_brings_what_was_given_and_a_token_from_before_is_stale_everywhere(database: &TestDatabase) {
    let (here, there) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let (admin, ada) = (administrator(&here).await, Person::new(&here).await);
    let eve = Person::new(&here).await;
    put(&here, &path(&ada, "auditor"), &admin.access()).await.expect(204);
    let since = Instant::now();
    assert_eq!(here.get("/v1/me", Some(&ada.access())).await.refusal(), (401, "token_stale".into()));
    while there.get("/v1/me", Some(&ada.access())).await.status == 200 {
        assert!(since.elapsed() < 10 * a_second(), "still let in");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(since.elapsed() < a_second(), "{:?}", since.elapsed());
    there.get("/v1/me", Some(&eve.access())).await.expect(200);
    let tokens = there.refresh(&ada.refresh()).await.expect(200);
    assert_eq!(tokens.json()["user"]["roles"], json!(["auditor", "user"]));
    for node in [&here, &there] {
        node.get("/v1/admin/roles", Some(&tokens.str("access_token"))).await.expect(200);
    }
    here.delete(&path(&ada, "auditor"), Some(&admin.access())).await.expect(204);
    let access = tokens.str("access_token");
    assert_eq!(here.get("/v1/admin/roles", Some(&access)).await.refusal(), (401, "token_stale".into()));
    let next = here.refresh(&tokens.str("refresh_token")).await.expect(200).str("access_token");
    assert_eq!(here.get("/v1/admin/roles", Some(&next)).await.refusal(), (403, "permission_denied".into()));
    here.node.stop().await;
    there.node.stop().await;
}

async fn nobody_gives_or_takes_what_they_do_not_hold(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (admin, ada) = (administrator(&app).await, Person::new(&app).await);
    let body = json!({ "name": "writer", "permissions": ["notes:write"] });
    app.post("/v1/admin/roles", Some(&admin.access()), &body).await.expect(201);
    let clerk = program(&app, "roles:assign notes:write").await;
    let denied = (403, "permission_denied".to_owned());
    put(&app, &path(&ada, "writer"), &clerk).await.expect(204);
    for role in ["admin", "auditor"] {
        assert_eq!(put(&app, &path(&ada, role), &clerk).await.refusal(), denied, "{role}");
        assert_eq!(app.delete(&path(&ada, role), Some(&clerk)).await.refusal(), denied, "{role}");
    }
    // Nor do they touch somebody who holds more.
    assert_eq!(put(&app, &path(&admin, "writer"), &clerk).await.refusal(), denied);
    assert_eq!(app.delete(&path(&admin, "user"), Some(&clerk)).await.refusal(), denied);
    app.delete(&path(&ada, "writer"), Some(&clerk)).await.expect(204);
    // An administrator is not made by somebody who was one a moment ago.
    let second = administrator(&app).await;
    app.delete(&path(&second, "admin"), Some(&admin.access())).await.expect(204);
    assert_eq!(put(&app, &path(&ada, "admin"), &second.access()).await.refusal(), (401, "token_stale".into()));
    let second = signed_in_again(&app, second).await;
    assert_eq!(put(&app, &path(&ada, "admin"), &second.access()).await.refusal(), denied);
    app.node.stop().await;
}

async fn the_last_administrator_keeps_the_role(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = administrator(&app).await;
    let last = (409, "last_admin".to_owned());
    assert_eq!(app.delete(&path(&admin, "admin"), Some(&admin.access())).await.refusal(), last);
    let second = administrator(&app).await;
    // One who cannot sign in does not count.
    let lock = format!("UPDATE users SET locked_at = 1 WHERE username = '{}'", second.username);
    crate::execute(database, &lock).await;
    assert_eq!(app.delete(&path(&admin, "admin"), Some(&admin.access())).await.refusal(), last);
    app.delete(&path(&second, "admin"), Some(&admin.access())).await.expect(204);
    app.get("/v1/admin/roles", Some(&admin.access())).await.expect(200);
    app.node.stop().await;
}
