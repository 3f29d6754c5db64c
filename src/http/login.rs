//! `POST /v1/login`

use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::body::Body;
use super::fields::Fields;
use super::problem::Problem;
use super::signed_in_json;
use crate::domain::username::Claim;
use crate::flows::sign_in::{SignIn, sign_in};
use crate::flows::{Context, Visit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    identifier: String,
    password: SecretString,
    /// What an earlier login gave them.
    device_token: Option<SecretString>,
}

pub async fn post(context: web::Data<Context>, visit: Visit, body: Body<LoginBody>) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let password = fields.given_password("/password", body.password);
    let password = fields.finish(password)?;
    let input = SignIn { claim: Claim::parse(&body.identifier), password, device_token: body.device_token };
    let signed_in = sign_in(&context, &visit, input).await?;
    Ok(signed_in_json::answer(signed_in, &context.house.clock))
}
