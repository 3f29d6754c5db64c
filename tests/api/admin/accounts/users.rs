//! Accounts: looking for them, making, changing and deleting them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Administrator, denied, last, log_in_with, nobody, not_there, somebody, user, wrong};
use crate::admin::program;
use crate::app::{Answer, PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;

on_each_database! {
    accounts_are_found_by_what_they_are,
    what_nobody_can_look_for_is_refused,
    an_account_is_made_also_where_registration_is_closed,
    an_account_is_changed_as_it_was_looked_at,
    an_account_is_taken_out_of_use_and_put_back,
    an_account_is_deleted,
    nobody_reaches_above_themselves,
}

async fn list(app: &TestApp, token: &str, query: &str) -> Answer {
    app.get(&format!("/v1/admin/users{query}"), Some(token)).await
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn with_tag(app: &TestApp, method: Method, id: &str, token: &str, tag: &str, body: Option<Value>) -> Answer {
    let request = app.request(method, &user(id), Some(token)).header("if-match", tag);
    app.send(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await
}

async fn accounts_are_found_by_what_they_are(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = Administrator::new(&app).await;
    let token = admin.token();
    let mut all = vec![admin.id.clone()];
    for _ in 0..4 {
        all.push(somebody(&app).await.0);
    }
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(&app, &token, &format!("?limit=2&sort=created_at&cursor={cursor}")).await.expect(200).json();
        assert!(page["items"].as_array().unwrap().len() <= 2);
        found.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, all);
    let newest = list(&app, &token, "").await.expect(200).json();
    all.reverse();
    assert_eq!((ids(&newest), &newest["next_cursor"]), (all.clone(), &Value::Null));
    let one = &newest["items"][0];
    let names = ["id", "email", "roles", "active", "locked_at", "must_change_password", "password_changed_at"];
    assert!(names.iter().all(|name| one.get(name).is_some()), "{one}");
    assert_eq!((&one["roles"], &one["locked_at"]), (&json!(["user"]), &Value::Null));
    let admins = list(&app, &token, "?role=admin").await.expect(200).json();
    assert_eq!((ids(&admins), &admins["items"][0]["roles"]), (vec![admin.id.clone()], &json!(["admin", "user"])));
    let by_email = list(&app, &token, &format!("?email={}", admin.email.to_uppercase())).await.expect(200).json();
    assert_eq!(ids(&by_email), [admin.id.as_str()]);
    let made = one["created_at"].as_str().unwrap();
    assert!(ids(&list(&app, &token, &format!("?created_after={made}")).await.expect(200).json()).contains(&all[0]));
    assert!(!ids(&list(&app, &token, &format!("?created_before={made}")).await.expect(200).json()).contains(&all[0]));
    assert!(ids(&list(&app, &token, "?active=false").await.expect(200).json()).is_empty());
    assert!(ids(&list(&app, &token, "?role=nobodys").await.expect(200).json()).is_empty());
    let found = app.get(&user(&all[0]), Some(&token)).await.expect(200);
    assert_eq!(&found.json(), one);
    assert!(found.header("etag").starts_with('"'), "{found:?}");
    for id in [nobody().as_str(), "x"] {
        assert_eq!(app.get(&user(id), Some(&token)).await.refusal(), not_there());
    }
    app.node.stop().await;
}

async fn what_nobody_can_look_for_is_refused(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = program(&app, "users:read").await;
    for (query, pointer) in [
        ("?sort=id", "?sort"),
        ("?sort=username&active=true", "?sort"),
        ("?sort=created_at&username=ada", "?sort"),
        ("?email=a%20b", "?email"),
        ("?username=%40", "?username"),
        ("?created_after=yesterday", "?created_after"),
        ("?active=maybe", "?active"),
        ("?limit=0", "?limit"),
        ("?cursor=x", "?cursor"),
        // Of a list in the order of names.
        ("?cursor=AmFkYQ", "?cursor"),
    ] {
        let refused = list(&app, &token, query).await;
        assert_eq!(refused.refusal(), (400, "invalid_field".into()), "{query}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{query}");
    }
    assert_eq!(list(&app, &token, "?name=ada").await.refusal(), (400, "unknown_field".into()));
    list(&app, &token, "?sort=username&cursor=AmFkYQ").await.expect(200);
    app.node.stop().await;
}

async fn an_account_is_made_also_where_registration_is_closed(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("REGISTRATION", "closed")]).await;
    let token = program(&app, "users:read users:write").await;
    let bearer = Some(token.as_str());
    let post = async |body: Value| app.post("/v1/admin/users", bearer, &body).await;
    let (email, given) = (new_email(), "a password that somebody else has chosen");
    let body = json!({ "email": email, "username": "Zoe", "password": given, "display_name": "Zoë",
        "metadata": { "team": "a" }, "email_verified": true });
    let made = post(body.clone()).await.expect(201);
    assert_eq!((&made.json()["must_change_password"], &made.json()["email_verified"]), (&json!(true), &json!(true)));
    let found = app.get(made.header("location"), bearer).await.expect(200);
    assert_eq!((found.json(), found.header("etag")), (made.json(), made.header("etag")));
    // Whoever was given a password chooses another.
    let owed = app.post("/v1/login", None, &log_in_with(given, &email)).await.expect(200);
    assert_eq!(owed.json()["status"], "password_change_required");
    assert_eq!(post(body).await.refusal(), (409, "email_taken".into()));
    assert_eq!(post(json!({ "username": "ZOE" })).await.refusal(), (409, "username_taken".into()));
    assert_eq!(
        post(json!({ "email": new_email(), "password": "short" })).await.refusal(),
        (422, "weak_password".into())
    );
    for nameless in [json!({}), json!({ "display_name": "Nobody" })] {
        assert_eq!(post(nameless).await.refusal(), (422, "invalid_input".into()));
    }
    assert_eq!(
        post(json!({ "email": new_email(), "roles": ["admin"] })).await.refusal(),
        (400, "unknown_field".into())
    );
    // Without a password nobody gets in by one, and by mail its owner sets one.
    let email = new_email();
    let made = post(json!({ "email": email })).await.expect(201).json();
    assert_eq!((&made["password_changed_at"], &made["must_change_password"]), (&Value::Null, &json!(false)));
    assert_eq!(app.login(&email).await.refusal(), wrong());
    app.post("/v1/password/forgot", None, &json!({ "email": email })).await.expect(202);
    let reset = json!({ "token": app.mail_to(&email, "reset_password").await.token(), "new_password": PASSWORD });
    app.post("/v1/password/reset", None, &reset).await.expect(204);
    app.login(&email).await.expect(200);
    app.node.stop().await;
}

async fn an_account_is_changed_as_it_was_looked_at(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = program(&app, "users:read users:write").await;
    let (id, email) = somebody(&app).await;
    let first = app.get(&user(&id), Some(&token)).await.expect(200).header("etag").to_owned();
    let change = json!({ "display_name": "Ada", "metadata": { "a": 1 }, "email_verified": true });
    let changed = with_tag(&app, Method::PATCH, &id, &token, &first, Some(change.clone())).await.expect(200);
    for field in ["display_name", "metadata", "email_verified"] {
        assert_eq!(changed.json()[field], change[field]);
    }
    assert_ne!(changed.header("etag"), first);
    let other = json!({ "display_name": "Eve" });
    let late = with_tag(&app, Method::PATCH, &id, &token, &first, Some(other.clone())).await;
    assert_eq!(late.refusal(), (412, "precondition_failed".into()));
    assert_eq!(with_tag(&app, Method::DELETE, &id, &token, &first, None).await.refusal().0, 412);
    // A sign-in is something else to see, too.
    let second = changed.header("etag").to_owned();
    app.login(&email).await.expect(200);
    assert_eq!(with_tag(&app, Method::PATCH, &id, &token, &second, Some(other.clone())).await.refusal().0, 412);
    // Without a demand the last one wins.
    app.patch(&user(&id), Some(&token), &other).await.expect(200);
    let removed = json!({ "display_name": null, "metadata": null, "email_verified": false });
    let bare = with_tag(&app, Method::PATCH, &id, &token, "*", Some(removed)).await.expect(200).json();
    assert_eq!((&bare["display_name"], &bare["email_verified"]), (&Value::Null, &json!(false)));
    for (body, code) in [
        (json!({ "email": "x@example.test" }), "unknown_field"),
        (json!({ "roles": ["admin"] }), "unknown_field"),
        (json!({ "active": "no" }), "invalid_field"),
    ] {
        assert_eq!(app.patch(&user(&id), Some(&token), &body).await.refusal(), (400, code.into()), "{body}");
    }
    assert_eq!(app.patch(&user(&nobody()), Some(&token), &json!({})).await.refusal(), not_there());
    let nameless = app.post("/v1/admin/users", Some(&token), &json!({ "username": "ada" })).await.expect(201);
    let id = nameless.str("id");
    let verify = app.patch(&user(&id), Some(&token), &json!({ "email_verified": true })).await;
    assert_eq!(verify.refusal(), (409, "no_email".into()));
    app.node.stop().await;
}

async fn an_account_is_taken_out_of_use_and_put_back(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = Administrator::new(&app).await;
    let (token, (id, email)) = (admin.token(), somebody(&app).await);
    let login = app.login(&email).await.expect(200);
    let set = async |active: bool| app.patch(&user(&id), Some(&token), &json!({ "active": active })).await;
    assert_eq!(set(false).await.expect(200).json()["active"], false);
    let access = login.str("access_token");
    assert_eq!(app.get("/v1/me", Some(&access)).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.refresh(&login.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.login(&email).await.refusal(), wrong());
    set(true).await.expect(200);
    app.login(&email).await.expect(200);
    assert_eq!(app.refresh(&login.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));
    let own = app.patch(&user(&admin.id), Some(&token), &json!({ "active": false })).await;
    assert_eq!(own.refusal(), last());
    app.node.stop().await;
}

async fn an_account_is_deleted(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = Administrator::new(&app).await;
    let (token, (id, email)) = (admin.token(), somebody(&app).await);
    let login = app.login(&email).await.expect(200);
    app.delete(&user(&id), Some(&token)).await.expect(204);
    for again in [app.get(&user(&id), Some(&token)).await, app.delete(&user(&id), Some(&token)).await] {
        assert_eq!(again.refusal(), not_there());
    }
    let me = app.get("/v1/me", Some(&login.str("access_token"))).await;
    assert_eq!(me.refusal(), (401, "session_revoked".into()));
    app.register(&email).await.expect(201);
    assert_eq!(app.delete(&user(&admin.id), Some(&token)).await.refusal(), last());
    let other = Administrator::new(&app).await;
    app.delete(&user(&admin.id), Some(&other.token())).await.expect(204);
    assert_eq!(app.delete(&user(&other.id), Some(&other.token())).await.refusal(), last());
    app.node.stop().await;
}

async fn nobody_reaches_above_themselves(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let admin = Administrator::new(&app).await;
    let token = program(&app, "users:read users:write sessions:read sessions:write").await;
    let bearer = Some(token.as_str());
    let one = user(&admin.id);
    let bodies = [
        ("lock", json!({})),
        ("unlock", json!({})),
        ("set-password", json!({ "new_password": "a password that somebody else has chosen" })),
        ("require-password-change", json!({})),
        ("verify-email", json!({})),
    ];
    for (deed, body) in bodies {
        assert_eq!(app.post(&format!("{one}/{deed}"), bearer, &body).await.refusal(), denied(), "{deed}");
    }
    assert_eq!(app.patch(&one, bearer, &json!({ "active": false })).await.refusal(), denied());
    let session = format!("/v1/admin/sessions/{}", admin.login.str("session_id"));
    for path in [one.as_str(), &format!("{one}/mfa"), &format!("{one}/sessions"), &session] {
        assert_eq!(app.delete(path, bearer).await.refusal(), denied(), "{path}");
    }
    let revoke = json!({ "user_id": admin.id });
    assert_eq!(app.post("/v1/admin/sessions/revoke", bearer, &revoke).await.refusal(), denied());
    let all = app.post("/v1/admin/sessions/revoke", bearer, &json!({ "all": true })).await.expect(200).json();
    assert_eq!((&all["sessions"], &all["skipped"]), (&json!(0), &json!(1)));
    // Looking at them is another matter.
    app.get(&one, bearer).await.expect(200);
    app.get("/v1/me", Some(&admin.token())).await.expect(200);
    app.login(&admin.email).await.expect(200);
    app.node.stop().await;
}
