//! Tokens only where the state of the account allows them, whatever the door.

use serde_json::json;

use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::execute;

on_each_database! {
    an_account_that_may_not_have_tokens_gets_none_anywhere,
}

/// What is done to the account, and what a login (its `code` or `status`) and a refresh are told then.
const STATES: [(&str, Option<&str>, Option<&str>); 5] = [
    ("locked_at = 1", Some("invalid_credentials"), Some("session_revoked")),
    ("active = FALSE", Some("invalid_credentials"), Some("session_revoked")),
    ("mfa_enabled = TRUE", Some("mfa_required"), None),
    ("must_change_password = TRUE", Some("password_change_required"), None),
    ("email_verified_at = NULL", None, None),
];

async fn an_account_that_may_not_have_tokens_gets_none_anywhere(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("users:read").await;
    for (change, at_login, at_refresh) in STATES {
        let before = app.signed_in().await;
        let email = before.json()["user"]["email"].as_str().unwrap().to_owned();
        execute(database, &format!("UPDATE users SET {change} WHERE email = '{email}'")).await;
        let login = app.login(&email).await;
        let told = if login.status == 200 { "status" } else { "code" };
        let expected = at_login.unwrap_or("authenticated");
        assert_eq!(login.json()[told], expected, "{change}: {}", login.text);
        assert_eq!(login.json().get("access_token").is_some(), at_login.is_none(), "{change}");
        // A wrong password is told nothing of any of it.
        let wrong = json!({ "identifier": email, "password": "another password" });
        assert_eq!(app.post("/v1/login", None, &wrong).await.refusal(), (401, "invalid_credentials".into()));

        let token = before.str("refresh_token");
        let known = app.introspect(&client, &token).await.json();
        assert_eq!(known["active"], at_refresh.is_none(), "{change}");
        let refresh = app.refresh(&token).await;
        assert_eq!(refresh.json()["code"].as_str(), at_refresh, "{change}: {}", refresh.text);
        let grant = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        app.form("/oauth2/token", None, &grant).await.expect(if at_refresh.is_none() { 200 } else { 400 });
    }
    app.node.stop().await;
}
