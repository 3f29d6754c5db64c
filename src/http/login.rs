//! `POST /v1/login`

use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::account_json::TokensJson;
use super::body::Body;
use super::fields::Fields;
use super::problem::Problem;
use crate::domain::username::Identifier;
use crate::flows::sign_in::{SignIn, sign_in};
use crate::flows::{Context, Visit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    identifier: String,
    password: SecretString,
    /// Clients bring what an earlier login gave them. It changes nothing until attempts are counted.
    #[expect(dead_code, reason = "part of the contract; it is read by the throttle, which is not built yet")]
    device_token: Option<SecretString>,
}

pub async fn post(context: web::Data<Context>, visit: Visit, body: Body<LoginBody>) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let password = fields.given_password("/password", body.password);
    let password = fields.finish(password)?;
    let input = SignIn { identifier: Identifier::parse(&body.identifier), password };
    let tokens = sign_in(&context, &visit, input).await?;
    Ok(HttpResponse::Ok().json(TokensJson::new(tokens, &context.house.clock)))
}
