//! `POST /v1/password/forgot`, `POST /v1/password/reset`

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::domain::secret_token::SecretToken;
use crate::flows::forgot_password::forgot_password;
use crate::flows::reset_password::{ResetPassword, reset_password};
use crate::flows::{Context, Visit};
use crate::http::body::Body;
use crate::http::email::{accepted, address};
use crate::http::fields::Fields;
use crate::http::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgotBody {
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// What came by mail.
    token: SecretString,
    new_password: SecretString,
}

pub async fn forgot(
    context: web::Data<Context>,
    visit: Visit,
    body: Body<ForgotBody>,
) -> Result<HttpResponse, Problem> {
    let email = address("/email", &body.0.email)?;
    forgot_password(&context, &visit, &email).await?;
    Ok(accepted())
}

pub async fn reset(context: web::Data<Context>, visit: Visit, body: Body<ResetBody>) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let new_password = fields.new_password("/new_password", body.new_password);
    let new_password = fields.finish(new_password)?;
    let token = SecretToken::parse(body.token.expose_secret()).ok();
    reset_password(&context, &visit, ResetPassword { token, new_password }).await?;
    Ok(HttpResponse::NoContent().finish())
}
