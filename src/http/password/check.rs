//! `POST /v1/password/check`

use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::email::Email;
use crate::domain::password::Weakness;
use crate::flows::check_password::check_password;
use crate::flows::{Context, Visit};
use crate::http::body::Body;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    password: SecretString,
    /// Of the account that it would be for.
    email: Option<String>,
}

pub async fn post(context: web::Data<Context>, visit: Visit, body: Body<CheckBody>) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let password = fields.new_password("/password", body.password);
    let email = body.email.and_then(|text| fields.take("/email", Email::parse(&text)));
    let password = fields.finish(password)?;
    let opinion = check_password(&context, &visit, &password, email.as_ref()).await?;
    Ok(HttpResponse::Ok().json(json!({
        "acceptable": opinion.weaknesses.is_empty(),
        "reasons": opinion.weaknesses.iter().map(reason).collect::<Vec<_>>(),
        "strength": opinion.strength,
    })))
}

fn reason(weakness: &Weakness) -> Value {
    json!({ "code": weakness.code(), "detail": weakness.to_string() })
}
