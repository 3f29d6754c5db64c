//! The main job, end to end: register, sign in, look, change, refresh, sign out.

use serde_json::{Value, json};

use crate::app::{Answer, PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;

on_each_database! {
    the_whole_walk,
    a_profile_is_changed_field_by_field,
    others_keeps_the_session_of_the_caller,
    all_ends_every_session,
    what_a_name_is_compared_by,
}

/// Refused at every door: `/v1/me`, refresh (on both planes) and introspection, which is asked with `client`.
async fn assert_refused(app: &TestApp, client: &(String, String), tokens: &Answer) {
    let (access, refresh) = (tokens.str("access_token"), tokens.str("refresh_token"));
    let me = app.get("/v1/me", Some(&access)).await;
    assert_eq!(me.refusal(), (401, "session_revoked".into()), "{}", me.text);
    assert_eq!(app.refresh(&refresh).await.refusal(), (401, "session_revoked".into()));
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(app.form("/oauth2/token", None, &form).await.expect(400).str("error"), "invalid_grant");
    for token in [&access, &refresh] {
        let answer = app.introspect(client, token).await;
        assert_eq!(answer.json(), json!({ "active": false }));
    }
}

async fn assert_alive(app: &TestApp, client: &(String, String), tokens: &Answer) {
    app.get("/v1/me", Some(&tokens.str("access_token"))).await.expect(200);
    for token in ["access_token", "refresh_token"] {
        let answer = app.introspect(client, &tokens.str(token)).await;
        assert_eq!(answer.json()["active"], true, "{token}: {}", answer.text);
    }
}

async fn the_whole_walk(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("users:read").await;
    let email = new_email();
    let made = app.register(&email).await.expect(201).json()["user"].clone();
    assert_eq!((&made["email"], &made["last_login"], &made["roles"]), (&json!(email), &Value::Null, &json!(["user"])));

    let login = app.login(&email).await.expect(200);
    let me = app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200).json();
    assert_eq!((&me["id"], &me["email"], &me["active"]), (&made["id"], &json!(email), &json!(true)));
    assert!(me["last_login"].is_string());
    let username = format!("ada.{}", &email[..18]);
    let change = json!({ "username": username, "metadata": { "team": ["a", { "b": null }] } });
    let me = app.patch("/v1/me", Some(&login.str("access_token")), &change).await.expect(200).json();
    assert_eq!((&me["username"], &me["metadata"]), (&change["username"], &change["metadata"]));
    assert_eq!(app.login(&username).await.expect(200).json()["user"]["id"], made["id"]);

    let next = app.refresh(&login.str("refresh_token")).await.expect(200);
    assert_ne!(next.str("refresh_token"), login.str("refresh_token"));
    assert_eq!(next.str("session_id"), login.str("session_id"));
    let again = app.refresh(&login.str("refresh_token")).await.expect(200);
    assert_eq!(again.str("refresh_token"), next.str("refresh_token"), "the very same successor");
    assert_alive(&app, &client, &next).await;
    app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200);

    let out = app.logout(&next.str("access_token"), "this").await.expect(204);
    assert!(out.text.is_empty());
    for tokens in [&login, &next, &again] {
        assert_refused(&app, &client, tokens).await;
    }
    app.logout(&next.str("access_token"), "this").await.expect(204);
    for scope in ["others", "all"] {
        let refused = app.logout(&next.str("access_token"), scope).await;
        assert_eq!(refused.refusal(), (401, "session_revoked".into()), "a dead session ends no others");
    }
    app.login(&email).await.expect(200);
    app.node.stop().await;
}

async fn a_profile_is_changed_field_by_field(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (first, second) = (app.signed_in().await, app.signed_in().await);
    let (first, second) = (first.str("access_token"), second.str("access_token"));
    let full = json!({ "username": "Ada.L", "display_name": " Zoe\u{308} ", "metadata": { "b": 1, "a": [true] } });
    let me = app.patch("/v1/me", Some(&first), &full).await.expect(200).json();
    assert_eq!((&me["username"], &me["display_name"]), (&json!("Ada.L"), &json!("Zoë")));
    assert_eq!(me["metadata"], full["metadata"]);

    let unchanged = app.patch("/v1/me", Some(&first), &json!({})).await.expect(200).json();
    let fields = ["username", "display_name", "metadata", "email", "id"];
    assert!(fields.iter().all(|field| unchanged[field] == me[field]), "{unchanged}");
    for name in ["ada.l", "ADA.L", "ＡＤＡ.l"] {
        let taken = app.patch("/v1/me", Some(&second), &json!({ "username": name })).await;
        assert_eq!(taken.refusal(), (409, "username_taken".into()), "{name}");
    }
    app.patch("/v1/me", Some(&first), &json!({ "username": "ADA.L" })).await.expect(200);

    let removed = json!({ "username": null, "display_name": null, "metadata": null });
    let me = app.patch("/v1/me", Some(&first), &removed).await.expect(200).json();
    assert!([&me["username"], &me["display_name"], &me["metadata"]].iter().all(|field| field.is_null()), "{me}");
    let me = app.get("/v1/me", Some(&first)).await.expect(200).json();
    assert!(me["username"].is_null() && me["email"].is_string());
    app.patch("/v1/me", Some(&second), &json!({ "username": "ada.l" })).await.expect(200);
    let taken = app.patch("/v1/me", Some(&first), &json!({ "username": "Ada.L", "display_name": "no" })).await;
    assert_eq!(taken.refusal(), (409, "username_taken".into()));
    let me = app.get("/v1/me", Some(&first)).await.expect(200).json();
    assert!(me["display_name"].is_null(), "what is refused changes nothing");
    app.node.stop().await;
}

async fn others_keeps_the_session_of_the_caller(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("users:read").await;
    let (email, stranger) = (new_email(), app.signed_in().await);
    app.register(&email).await.expect(201);
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(app.login(&email).await.expect(200));
    }
    app.logout(&sessions[0].str("access_token"), "others").await.expect(204);
    assert_alive(&app, &client, &sessions[0]).await;
    assert_refused(&app, &client, &sessions[1]).await;
    assert_refused(&app, &client, &sessions[2]).await;
    assert_alive(&app, &client, &stranger).await;

    let kept = app.refresh(&sessions[0].str("refresh_token")).await.expect(200);
    assert_alive(&app, &client, &kept).await;
    // Again, by the access token from before the refresh, whose epoch is the one before.
    let fourth = app.login(&email).await.expect(200);
    app.logout(&sessions[0].str("access_token"), "others").await.expect(204);
    assert_refused(&app, &client, &fourth).await;
    assert_alive(&app, &client, &kept).await;
    app.refresh(&kept.str("refresh_token")).await.expect(200);
    app.node.stop().await;
}

async fn all_ends_every_session(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("users:read").await;
    let (email, stranger) = (new_email(), app.signed_in().await);
    app.register(&email).await.expect(201);
    let (first, second) = (app.login(&email).await.expect(200), app.login(&email).await.expect(200));
    app.logout(&first.str("access_token"), "all").await.expect(204);
    assert_refused(&app, &client, &first).await;
    assert_refused(&app, &client, &second).await;
    assert_alive(&app, &client, &stranger).await;
    let after = app.login(&email).await.expect(200);
    assert_alive(&app, &client, &after).await;
    // Without a body it is this session alone.
    let other = app.login(&email).await.expect(200);
    app.send(app.request(reqwest::Method::POST, "/v1/logout", Some(&after.str("access_token")))).await.expect(204);
    assert_refused(&app, &client, &after).await;
    assert_alive(&app, &client, &other).await;
    app.node.stop().await;
}

async fn what_a_name_is_compared_by(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let body = json!({ "email": " Zoë.Groß@Bücher.example ", "password": PASSWORD, "username": "Straße" });
    let made = app.post("/v1/register", None, &body).await.expect(201).json()["user"].clone();
    assert_eq!((&made["email"], &made["username"]), (&json!("Zoë.Groß@Bücher.example"), &json!("Straße")));
    for name in ["zoë.gross@bücher.example", "ZOE\u{308}.GROSS@xn--bcher-kva.EXAMPLE", "strasse", "STRASSE"] {
        assert_eq!(app.login(name).await.expect(200).json()["user"]["id"], made["id"], "{name}");
    }
    // By MariaDB's usual collations these would all be the same.
    for name in ["zoe.gross@bücher.example", "strässe", "strase"] {
        assert_eq!(app.login(name).await.refusal(), (401, "invalid_credentials".into()), "{name}");
    }
    let taken = json!({ "email": "ZOË.GROSS@bücher.example", "password": PASSWORD });
    assert_eq!(app.post("/v1/register", None, &taken).await.refusal(), (409, "email_taken".into()));
    let taken = json!({ "email": new_email(), "password": PASSWORD, "username": "STRASSE" });
    assert_eq!(app.post("/v1/register", None, &taken).await.refusal(), (409, "username_taken".into()));
    // NFC before hashing; never trimmed.
    let password = "pa\u{308}ssword that is long ";
    let email = new_email();
    app.post("/v1/register", None, &json!({ "email": email, "password": password })).await.expect(201);
    for (given, status) in [(password, 200), ("pässword that is long ", 200), ("pässword that is long", 401)] {
        app.post("/v1/login", None, &json!({ "identifier": email, "password": given })).await.expect(status);
    }
    app.node.stop().await;
}
