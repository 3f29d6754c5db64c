//! Accounts, sessions and invitations, as administrators have them.

mod invitations;
mod sessions;
mod user_deeds;
mod users;

use keystead::domain::email::Email;
use keystead::flows::create_administrator::{NewAdministrator, create_administrator};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, new_email, soon};

/// Somebody who may do everything, signed in.
pub struct Administrator {
    pub id: String,
    pub email: String,
    pub login: Answer,
}

impl Administrator {
    pub async fn new(app: &TestApp) -> Self {
        let email = new_email();
        app.register(&email).await.expect(201);
        let new = NewAdministrator { username: None, email: Some(Email::parse(&email).unwrap()), password: None };
        create_administrator(&app.node.context, &soon(), new).await.unwrap();
        let login = app.login(&email).await.expect(200);
        let id = login.json()["user"]["id"].as_str().unwrap().to_owned();
        Self { id, email, login }
    }

    pub fn token(&self) -> String {
        self.login.str("access_token")
    }
}

/// An account that somebody has made for themselves: its id and its address.
pub async fn somebody(app: &TestApp) -> (String, String) {
    let email = new_email();
    let made = app.register(&email).await.expect(201).json();
    (made["user"]["id"].as_str().unwrap().to_owned(), email)
}

pub fn user(id: &str) -> String {
    format!("/v1/admin/users/{id}")
}

pub fn deed(id: &str, deed: &str) -> String {
    format!("/v1/admin/users/{id}/{deed}")
}

pub fn nobody() -> String {
    uuid::Uuid::now_v7().to_string()
}

pub fn log_in_with(password: &str, email: &str) -> Value {
    json!({ "identifier": email, "password": password })
}

pub fn wrong() -> (u16, String) {
    (401, "invalid_credentials".to_owned())
}

pub fn denied() -> (u16, String) {
    (403, "permission_denied".to_owned())
}

pub fn not_there() -> (u16, String) {
    (404, "not_found".to_owned())
}

pub fn last() -> (u16, String) {
    (409, "last_admin".to_owned())
}
