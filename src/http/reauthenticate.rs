//! `POST /v1/me/reauthenticate`

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::account_json::TokensJson;
use super::body::Body;
use super::caller::Person;
use super::fields::Fields;
use super::problem::{FieldError, Problem};
use crate::domain::secret_token::SecretToken;
use crate::domain::totp::TotpCode;
use crate::flows::Context;
use crate::flows::reauthenticate::{Proof, reauthenticate};

/// One of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReauthenticateBody {
    password: Option<SecretString>,
    code: Option<SecretString>,
    provider_ticket: Option<SecretString>,
}

pub async fn post(
    context: web::Data<Context>,
    person: Person,
    body: Body<ReauthenticateBody>,
) -> Result<HttpResponse, Problem> {
    let proof = proof(body.0)?;
    let tokens = reauthenticate(&context, &person.visit, &person.claims, proof).await?;
    Ok(HttpResponse::Ok().json(TokensJson::new(tokens, &context.house.clock)))
}

fn proof(body: ReauthenticateBody) -> Result<Proof, Problem> {
    match (body.password, body.code, body.provider_ticket) {
        (Some(password), None, None) => {
            let mut fields = Fields::default();
            let password = fields.given_password("/password", password);
            Ok(Proof::Password(fields.finish(password)?))
        }
        (None, Some(code), None) => Ok(Proof::Totp(TotpCode::parse(&code).ok())),
        (None, None, Some(ticket)) => Ok(Proof::Ticket(SecretToken::parse(ticket.expose_secret()).ok())),
        _ => Err(Problem::invalid_input([FieldError::new(
            "",
            "invalid_value",
            "a password, a code or a provider's ticket, and one of them",
        )])),
    }
}
