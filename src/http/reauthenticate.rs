//! `POST /v1/me/reauthenticate`

use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::account_json::TokensJson;
use super::body::Body;
use super::caller::Person;
use super::fields::Fields;
use super::problem::{FieldError, Problem};
use crate::domain::totp::TotpCode;
use crate::flows::Context;
use crate::flows::reauthenticate::{Proof, reauthenticate};

/// One of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReauthenticateBody {
    password: Option<SecretString>,
    code: Option<SecretString>,
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
    match (body.password, body.code) {
        (Some(password), None) => {
            let mut fields = Fields::default();
            let password = fields.given_password("/password", password);
            Ok(Proof::Password(fields.finish(password)?))
        }
        (None, Some(code)) => Ok(Proof::Totp(TotpCode::parse(&code).ok())),
        (Some(_), Some(_)) | (None, None) => {
            Err(Problem::invalid_input([FieldError::new("", "invalid_value", "either a password or a code")]))
        }
    }
}
