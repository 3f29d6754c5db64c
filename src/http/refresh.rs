//! `POST /v1/token/refresh`

use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::account_json::TokensJson;
use super::body::Body;
use super::problem::Problem;
use crate::flows::refresh::refresh;
use crate::flows::{Context, Visit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    refresh_token: SecretString,
}

pub async fn post(context: web::Data<Context>, visit: Visit, body: Body<RefreshBody>) -> Result<HttpResponse, Problem> {
    let tokens = refresh(&context, &visit, &body.0.refresh_token).await?;
    Ok(HttpResponse::Ok().json(TokensJson::new(tokens, &context.house.clock)))
}
