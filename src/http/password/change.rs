//! `POST /v1/password/change`

use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;

use crate::flows::Context;
use crate::flows::change_password::{ChangePassword, change_password};
use crate::http::body::Body;
use crate::http::caller::Person;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    current_password: SecretString,
    new_password: SecretString,
    #[serde(default)]
    keep_other_sessions: bool,
}

pub async fn post(
    context: web::Data<Context>,
    person: Person,
    body: Body<ChangeBody>,
) -> Result<HttpResponse, Problem> {
    let Body(ChangeBody { current_password, new_password, keep_other_sessions }) = body;
    let mut fields = Fields::default();
    let current = fields.given_password("/current_password", current_password);
    let new = fields.new_password("/new_password", new_password);
    let (current, new) = fields.finish(current.zip(new))?;
    let input = ChangePassword { current, new, keep_other_sessions };
    change_password(&context, &person.visit, &person.claims, input).await?;
    Ok(HttpResponse::NoContent().finish())
}
