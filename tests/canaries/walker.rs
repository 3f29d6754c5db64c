//! Somebody who walks. What was sent or came back is a canary unless its field is known to hold none, so that nobody has
//! to remember a new one.

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};
use crate::search::{Canary, SHORTEST, canary};

/// Fields that hold no secret, wherever they stand. Addresses of people are looked for elsewhere.
const HARMLESS: &[&str] = &[
    "identifier",
    "email",
    "new_email",
    "username",
    "display_name",
    "factor",
    "factors",
    "scope",
    "status",
    "token_type",
    "session_id",
    "expires_at",
    "id",
    "created_at",
    "updated_at",
    "last_login",
    "last_login_at",
    "roles",
    "type",
    "title",
    "detail",
    "pointer",
    "request_id",
    "email_verified_at",
    "linked_at",
    "provider",
    "client_id",
    "name",
    "permissions",
    "last_used_at",
];
/// Of a picture, its middle: all begin alike.
const PIECE_OF_A_PICTURE: usize = 60;

pub struct Walker<'a> {
    pub app: &'a TestApp,
    pub canaries: Vec<Canary>,
}

impl<'a> Walker<'a> {
    pub const fn new(app: &'a TestApp) -> Self {
        Self { app, canaries: vec![] }
    }

    pub async fn post(&mut self, path: &str, bearer: Option<&str>, body: Value) -> Answer {
        self.note(&body, "");
        let answer = self.app.post(path, bearer, &body).await;
        if !answer.text.is_empty() {
            self.note(&answer.json(), "");
        }
        answer
    }

    pub async fn log_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/v1/login", None, json!({ "identifier": email, "password": password })).await.expect(200)
    }

    /// Every text below. A problem's `code` is a word, and the `code` of somebody's authenticator too short to be looked
    /// for alone.
    fn note(&mut self, json: &Value, field: &str) {
        match json {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.note(value, name)),
            Value::Array(items) => items.iter().for_each(|item| self.note(item, field)),
            Value::String(text) if !HARMLESS.contains(&field) => self.note_text(text, field),
            _ => {}
        }
    }

    fn note_text(&mut self, text: &str, field: &str) {
        let is_word = text.chars().all(|letter| letter == '_' || letter.is_ascii_lowercase());
        let is_code = field == "code" && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_code {
            // As they stand in JSON, in Debug, in a query and in a form.
            let spelt = [format!("\"{text}\""), format!("code={text}"), format!("code: {text}")];
            self.canaries.extend(spelt.map(|text| canary("a code", text)));
        } else if field == "qr_svg" {
            let middle = text.len() / 2;
            self.canaries.push(canary("a picture", &text.as_bytes()[middle..middle + PIECE_OF_A_PICTURE]));
        } else if text.len() >= SHORTEST && !is_word {
            self.canaries.push(canary(named(field), text));
        }
    }
}

/// For the list of what was found.
fn named(field: &str) -> &'static str {
    const KNOWN: [&str; 15] = [
        "password",
        "new_password",
        "current_password",
        "token",
        "challenge",
        "code",
        "invitation",
        "access_token",
        "refresh_token",
        "device_token",
        "secret",
        "client_secret",
        "otpauth_uri",
        "code_verifier",
        "provider_ticket",
    ];
    KNOWN.into_iter().find(|known| *known == field).unwrap_or("something in a field that nobody knows")
}
