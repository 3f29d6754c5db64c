//! `POST /v1/login/password`

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::domain::secret_token::SecretToken;
use crate::flows::complete_password_change::{CompletePasswordChange, complete_password_change};
use crate::flows::{Context, Visit};
use crate::http::body::Body;
use crate::http::fields::Fields;
use crate::http::problem::Problem;
use crate::http::signed_in_json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengedBody {
    challenge: SecretString,
    new_password: SecretString,
}

pub async fn post(
    context: web::Data<Context>,
    visit: Visit,
    body: Body<ChallengedBody>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let new = fields.new_password("/new_password", body.new_password);
    let new = fields.finish(new)?;
    let challenge = SecretToken::parse(body.challenge.expose_secret()).ok();
    let input = CompletePasswordChange { challenge, new };
    let signed_in = complete_password_change(&context, &visit, input).await?;
    Ok(signed_in_json::answer(signed_in, &context.house.clock))
}
