//! `/v1/email/…`: showing that an address is one's own, and changing it for another.

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::body::Body;
use super::caller::{FreshPerson, Person};
use super::fields::Fields;
use super::problem::Problem;
use crate::domain::email::Email;
use crate::domain::secret_token::SecretToken;
use crate::flows::change_email::{change_email, confirm_email_change};
use crate::flows::resend_verification::resend_verification;
use crate::flows::verify_email::verify_email;
use crate::flows::{Context, Visit};

/// What came by mail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    token: SecretString,
}

impl TokenBody {
    /// `None`: it cannot be a token, which nobody has to look up.
    fn token(&self) -> Option<SecretToken> {
        SecretToken::parse(self.token.expose_secret()).ok()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResendBody {
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    new_email: String,
}

/// `POST /v1/email/verify`
pub async fn verify(context: web::Data<Context>, visit: Visit, body: Body<TokenBody>) -> Result<HttpResponse, Problem> {
    verify_email(&context, &visit, body.0.token()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v1/email/verify/resend`
pub async fn resend(
    context: web::Data<Context>,
    visit: Visit,
    body: Body<ResendBody>,
) -> Result<HttpResponse, Problem> {
    let email = address("/email", &body.0.email)?;
    resend_verification(&context, &visit, &email).await?;
    Ok(accepted())
}

/// `POST /v1/email/change`
pub async fn change(
    context: web::Data<Context>,
    person: FreshPerson,
    body: Body<ChangeBody>,
) -> Result<HttpResponse, Problem> {
    let FreshPerson(Person { claims, visit }) = person;
    let new = address("/new_email", &body.0.new_email)?;
    change_email(&context, &visit, &claims, &new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v1/email/change/confirm`
pub async fn confirm_change(
    context: web::Data<Context>,
    visit: Visit,
    body: Body<TokenBody>,
) -> Result<HttpResponse, Problem> {
    confirm_email_change(&context, &visit, body.0.token()).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) fn address(pointer: &'static str, text: &str) -> Result<Email, Problem> {
    let mut fields = Fields::default();
    let email = fields.take(pointer, Email::parse(text));
    fields.finish(email)
}

/// One answer to whoever asks for mail, whether or not there will be any.
pub(super) fn accepted() -> HttpResponse {
    HttpResponse::Accepted().json(json!({ "status": "accepted" }))
}
