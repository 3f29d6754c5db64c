//! Somebody with an account, and what they hold: tokens, and where they have turned it on, a second factor.

use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use crate::app::{Answer, PASSWORD, TestApp, new_email};

pub struct Person {
    pub email: String,
    /// Stays the same when the address changes.
    pub username: String,
    /// The answer to their first sign-in, on a device that they keep.
    pub login: Answer,
    pub second_factor: Option<SecondFactor>,
}

pub struct SecondFactor {
    pub totp: Totp,
    /// As the API showed them, once.
    pub recovery_codes: Vec<String>,
}

impl Person {
    /// Registers, and signs in.
    pub async fn new(app: &TestApp) -> Self {
        let (email, username) = (new_email(), format!("u{}", uuid::Uuid::now_v7().simple()));
        let body = json!({ "email": email, "username": username, "password": PASSWORD });
        app.post("/v1/register", None, &body).await.expect(201);
        let login = app.login(&email).await.expect(200);
        Self { email, username, login, second_factor: None }
    }

    pub fn access(&self) -> String {
        self.login.str("access_token")
    }

    pub fn refresh(&self) -> String {
        self.login.str("refresh_token")
    }

    /// What the authenticator shows now.
    pub fn code(&self, app: &TestApp) -> String {
        self.second_factor.as_ref().unwrap().code(app)
    }

    pub fn recovery_code(&self) -> String {
        self.second_factor.as_ref().unwrap().recovery_codes[0].clone()
    }
}

impl SecondFactor {
    /// Turned on over HTTP, with the access token of somebody who has just signed in. The code of this step is spent.
    pub async fn turn_on(app: &TestApp, access_token: &str) -> Self {
        let totp = begin_totp(app, access_token).await;
        let code = json!({ "code": code_of(&totp, app) });
        let answer = app.post("/v1/me/mfa/totp/confirm", Some(access_token), &code).await.expect(200);
        let codes = answer.json()["recovery_codes"].as_array().unwrap().clone();
        Self { totp, recovery_codes: codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect() }
    }

    pub fn code(&self, app: &TestApp) -> String {
        code_of(&self.totp, app)
    }
}

/// Asks for a secret that has yet to be confirmed.
pub async fn begin_totp(app: &TestApp, access_token: &str) -> Totp {
    totp_of(&app.post("/v1/me/mfa/totp", Some(access_token), &json!({})).await.expect(201))
}

/// What the answer to that asks an authenticator to do.
pub fn totp_of(answer: &Answer) -> Totp {
    let secret = Secret::try_from_base32(answer.str("secret")).unwrap();
    Builder::new().with_secret(secret).with_account_name("somebody").build().unwrap()
}

pub fn code_of(totp: &Totp, app: &TestApp) -> String {
    let now = app.node.context.house.clock.now().as_micros() / 1_000_000;
    totp.generate(u64::try_from(now).unwrap()).to_string()
}
