//! Roles: made, looked at, changed and deleted, and what that does to tokens that are out.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{administrator, id_of, matching, program, put, signed_in_again};
use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::promptness::a_second;

on_each_database! {
    a_role_is_made_looked_at_changed_and_deleted,
    what_is_built_in_stays_as_it_is,
    nobody_makes_a_role_that_can_do_more_than_they,
    what_a_role_may_not_be,
    a_change_is_made_to_what_was_seen,
    a_changed_role_is_known_at_once_here_and_soon_elsewhere,
}

const ROLES: &str = "/v1/admin/roles";

async fn names(app: &TestApp, token: &str, query: &str) -> (Vec<String>, Option<String>) {
    let page = app.get(&format!("{ROLES}{query}"), Some(token)).await.expect(200).json();
    let names = page["items"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap().to_owned());
    (names.collect(), page["next_cursor"].as_str().map(str::to_owned))
}

async fn a_role_is_made_looked_at_changed_and_deleted(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = administrator(&app).await.access();
    let new = json!({ "name": "editor", "description": " Edits ", "permissions": ["b:c", "a:b", "a:b"] });
    let made = app.post(ROLES, Some(&token), &new).await.expect(201);
    let expected = json!({
        "id": made.json()["id"], "name": "editor", "description": "Edits", "permissions": ["a:b", "b:c"], "built_in": false,
    });
    assert_eq!(made.json(), expected);
    assert_eq!(app.post(ROLES, Some(&token), &new).await.refusal(), (409, "name_taken".into()));
    let got = app.get("/v1/admin/roles/editor", Some(&token)).await.expect(200);
    assert_eq!((got.json(), got.header("etag")), (expected, made.header("etag")));

    // Nobody holds it; its tokens are stale all the same, because nobody looks.
    let change = json!({ "description": null, "permissions": [] });
    let changed = app.patch("/v1/admin/roles/editor", Some(&token), &change).await.expect(200);
    assert_eq!((&changed.json()["description"], &changed.json()["permissions"]), (&Value::Null, &json!([])));
    assert_ne!(changed.header("etag"), made.header("etag"));
    assert_eq!(app.get(ROLES, Some(&token)).await.refusal(), (401, "token_stale".into()));
    let token = fresh_administrator(&app).await;
    let same = app.patch("/v1/admin/roles/editor", Some(&token), &json!({})).await.expect(200);
    assert_eq!((same.json(), same.header("etag")), (changed.json(), changed.header("etag")));

    let (first, cursor) = names(&app, &token, "?limit=3").await;
    let (rest, end) = names(&app, &token, &format!("?limit=3&cursor={}", cursor.unwrap())).await;
    assert_eq!((first[0].as_str(), rest.len(), end), ("editor", 1, None));
    let mut all = [first, rest].concat();
    all.sort_unstable();
    assert_eq!(all, ["admin", "auditor", "editor", "user"]);
    app.delete("/v1/admin/roles/editor", Some(&token)).await.expect(204);
    let token = fresh_administrator(&app).await;
    for (method, path) in [(Method::GET, "editor"), (Method::DELETE, "editor"), (Method::GET, "Editor")] {
        let answer = app.send(app.request(method, &format!("{ROLES}/{path}"), Some(&token))).await;
        assert_eq!(answer.refusal(), (404, "not_found".into()), "{path}");
    }
    app.node.stop().await;
}

/// A token that was issued in the second of a change counts as older than it.
async fn fresh_administrator(app: &TestApp) -> String {
    until_fresh(app, administrator(app).await.access()).await
}

async fn until_fresh(app: &TestApp, mut token: String) -> String {
    while app.get("/v1/me", Some(&token)).await.status != 200 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        token = administrator(app).await.access();
    }
    token
}

async fn what_is_built_in_stays_as_it_is(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = administrator(&app).await.access();
    for name in ["admin", "user", "auditor"] {
        let path = format!("{ROLES}/{name}");
        assert_eq!(app.get(&path, Some(&token)).await.expect(200).json()["built_in"], true);
        let changed = app.patch(&path, Some(&token), &json!({ "permissions": [] })).await;
        assert_eq!(changed.refusal(), (409, "built_in".into()), "{name}");
        assert_eq!(app.delete(&path, Some(&token)).await.refusal(), (409, "built_in".into()), "{name}");
        let again = app.post(ROLES, Some(&token), &json!({ "name": name, "permissions": [] })).await;
        assert_eq!(again.refusal(), (409, "name_taken".into()), "{name}");
    }
    app.node.stop().await;
}

async fn nobody_makes_a_role_that_can_do_more_than_they(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = administrator(&app).await.access();
    let clerk = program(&app, "roles:write roles:read a:b").await;
    let denied = (403, "permission_denied".to_owned());
    let role = |name: &str, permissions: &[&str]| json!({ "name": name, "permissions": permissions });
    app.post(ROLES, Some(&clerk), &role("mine", &["a:b"])).await.expect(201);
    assert_eq!(app.post(ROLES, Some(&clerk), &role("more", &["a:b", "b:c"])).await.refusal(), denied);
    app.post(ROLES, Some(&admin), &role("theirs", &["b:c", "a:b"])).await.expect(201);
    for permissions in [&["a:b"][..], &["b:c", "c:d"]] {
        let body = json!({ "permissions": permissions });
        assert_eq!(app.patch("/v1/admin/roles/theirs", Some(&clerk), &body).await.refusal(), denied, "{permissions:?}");
    }
    assert_eq!(app.delete("/v1/admin/roles/theirs", Some(&clerk)).await.refusal(), denied);
    // What they do not give and do not take is no matter.
    app.patch("/v1/admin/roles/theirs", Some(&clerk), &json!({ "description": "x" })).await.expect(200);
    app.patch("/v1/admin/roles/theirs", Some(&clerk), &json!({ "permissions": ["b:c"] })).await.expect(200);
    app.node.stop().await;
}

async fn what_a_role_may_not_be(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = administrator(&app).await.access();
    let many: Vec<_> = (0..65).map(|number| format!("a:b{number}")).collect();
    for (pointer, body) in [
        ("/permissions", json!({ "name": "a", "permissions": ["*:*"] })),
        ("/permissions", json!({ "name": "a", "permissions": ["users:*"] })),
        ("/permissions", json!({ "name": "a", "permissions": ["users"] })),
        ("/permissions", json!({ "name": "a", "permissions": many })),
        ("/name", json!({ "name": "A", "permissions": [] })),
        ("/name", json!({ "name": "", "permissions": [] })),
        ("/description", json!({ "name": "a", "permissions": [], "description": "a\u{0}" })),
    ] {
        let answer = app.post(ROLES, Some(&token), &body).await;
        assert!(answer.status == 422 || answer.status == 400, "{body}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}: {}", answer.text);
    }
    let unknown = json!({ "name": "a", "permissions": [], "built_in": true });
    assert_eq!(app.post(ROLES, Some(&token), &unknown).await.refusal(), (400, "unknown_field".into()));
    app.node.stop().await;
}

async fn a_change_is_made_to_what_was_seen(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = administrator(&app).await.access();
    let made = app.post(ROLES, Some(&token), &json!({ "name": "seen", "permissions": [] })).await.expect(201);
    let old = made.header("etag").to_owned();
    let (path, body) = ("/v1/admin/roles/seen", |text: &str| json!({ "description": text }));
    let changed = matching(&app, Method::PATCH, path, &token, &old, Some(&body("one"))).await.expect(200);
    let new = changed.header("etag").to_owned();
    let refused = (412, "precondition_failed".to_owned());
    assert_eq!(matching(&app, Method::PATCH, path, &token, &old, Some(&body("two"))).await.refusal(), refused);
    assert_eq!(matching(&app, Method::DELETE, path, &token, &old, None).await.refusal(), refused);
    let weak = format!("W/{new}");
    assert_eq!(matching(&app, Method::DELETE, path, &token, &weak, None).await.refusal(), refused);
    let broken = matching(&app, Method::DELETE, path, &token, "seen", None).await;
    assert_eq!(broken.refusal(), (400, "malformed_request".into()));
    assert_eq!(app.get(path, Some(&token)).await.expect(200).json()["description"], "one");
    matching(&app, Method::PATCH, path, &token, "*", Some(&body("three"))).await.expect(200);
    app.delete(path, Some(&token)).await.expect(204);
    app.node.stop().await;
}

async fn a_changed_role_is_known_at_once_here_and_soon_elsewhere(database: &TestDatabase) {
    let (here, there) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let admin = administrator(&here).await.access();
    here.post(ROLES, Some(&admin), &json!({ "name": "reader", "permissions": ["roles:read"] })).await.expect(201);
    let person = Person::new(&here).await;
    put(&here, &format!("/v1/admin/users/{}/roles/reader", id_of(&person)), &admin).await.expect(204);
    let person = signed_in_again(&here, person).await;
    for node in [&here, &there] {
        node.get(ROLES, Some(&person.access())).await.expect(200);
    }
    let change = json!({ "permissions": ["keys:read"] });
    here.patch("/v1/admin/roles/reader", Some(&admin), &change).await.expect(200);
    let since = Instant::now();
    assert_eq!(here.get(ROLES, Some(&person.access())).await.refusal(), (401, "token_stale".into()));
    while there.get(ROLES, Some(&person.access())).await.status == 200 {
        assert!(since.elapsed() < 10 * a_second(), "still let in");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("known on the other node after {:?}", since.elapsed());
    assert!(since.elapsed() < a_second(), "{:?}", since.elapsed());
    // A refresh brings what the role permits now, without a new sign-in.
    let mut refresh = person.refresh();
    let fresh = loop {
        let tokens = there.refresh(&refresh).await.expect(200);
        let access = tokens.str("access_token");
        if there.get("/v1/me", Some(&access)).await.status == 200 {
            break access;
        }
        // Issued in the very second of the change.
        refresh = tokens.str("refresh_token");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    there.get("/v1/admin/keys", Some(&fresh)).await.expect(200);
    assert_eq!(there.get(ROLES, Some(&fresh)).await.refusal(), (403, "permission_denied".into()));
    here.node.stop().await;
    there.node.stop().await;
}
