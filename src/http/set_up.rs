//! `POST /v1/setup`

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::account_json::AccountJson;
use super::body::Body;
use super::fields::Fields;
use super::problem::Problem;
use crate::domain::email::Email;
use crate::domain::role::ADMIN;
use crate::domain::secret_token::SecretToken;
use crate::flows::set_up::{SetUp, set_up};
use crate::flows::{Context, Visit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetUpBody {
    token: SecretString,
    email: String,
    password: SecretString,
}

pub async fn post(context: web::Data<Context>, visit: Visit, body: Body<SetUpBody>) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let email = fields.take("/email", Email::parse(&body.email));
    let password = fields.new_password("/password", body.password);
    let (email, password) = fields.finish(email.zip(password))?;
    let token = SecretToken::parse(body.token.expose_secret()).ok();
    let account = set_up(&context, &visit, SetUp { token, email, password }).await?;
    Ok(HttpResponse::Created().json(json!({ "user": AccountJson::new(account, vec![ADMIN.name.to_owned()]) })))
}
