//! What is done by a token that was mailed: an address shown to be one's own, a password set anew, an address changed,
//! an account made by invitation. Each token works once, and the mail that tells of a change is written with it.

mod address_change;
mod invitations;
mod limits;
mod recovery;
mod verification;

use serde_json::json;

pub use invitations::open_invitation;

use crate::app::{Answer, PASSWORD, TestApp};

const NEW: &str = "wintry kettle, orbiting twice";

const REQUIRED: (&str, &str) = ("EMAIL_VERIFICATION", "required");
const OPTIONAL: (&str, &str) = ("EMAIL_VERIFICATION", "optional");

async fn log_in(app: &TestApp, identifier: &str, password: &str) -> Answer {
    app.post("/v1/login", None, &json!({ "identifier": identifier, "password": password })).await
}

async fn verify(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/email/verify", None, &json!({ "token": token })).await
}

async fn resend(app: &TestApp, email: &str) -> Answer {
    app.post("/v1/email/verify/resend", None, &json!({ "email": email })).await
}

async fn forgot(app: &TestApp, email: &str) -> Answer {
    app.post("/v1/password/forgot", None, &json!({ "email": email })).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    app.post("/v1/password/reset", None, &json!({ "token": token, "new_password": password })).await
}

/// Asks for a reset, and reads the mail.
async fn reset_token(app: &TestApp, email: &str) -> String {
    forgot(app, email).await.expect(202);
    app.mail_to(email, "reset_password").await.token()
}

async fn change_email(app: &TestApp, access: &str, new: &str) -> Answer {
    app.post("/v1/email/change", Some(access), &json!({ "new_email": new })).await
}

async fn confirm_change(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/email/change/confirm", None, &json!({ "token": token })).await
}

async fn register_with(app: &TestApp, email: &str, invitation: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD, "invitation": invitation });
    app.post("/v1/register", None, &body).await
}

fn spent() -> (u16, String) {
    (410, "token_spent".to_owned())
}

/// What no mail ever held.
fn strange_tokens() -> [String; 5] {
    let unknown = keystead::domain::secret_token::SecretToken::random();
    let unknown = secrecy::ExposeSecret::expose_secret(unknown.secret()).to_owned();
    [unknown, String::new(), "ks1_".to_owned(), "ks1_short".to_owned(), "x".repeat(500)]
}
