//! `POST /v1/register`

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::account_json::AccountJson;
use super::body::Body;
use super::fields::Fields;
use super::problem::Problem;
use crate::domain::email::Email;
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::role::USER;
use crate::domain::secret_token::SecretToken;
use crate::domain::username::Username;
use crate::flows::register::{Brought, Register, Registered, register};
use crate::flows::{Context, Visit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    email: String,
    password: SecretString,
    username: Option<String>,
    display_name: Option<String>,
    metadata: Option<Value>,
    /// Where not everybody may register.
    invitation: Option<SecretString>,
}

pub async fn post(
    context: web::Data<Context>,
    visit: Visit,
    body: Body<RegisterBody>,
) -> Result<HttpResponse, Problem> {
    Ok(match register(&context, &visit, parse(body.0)?).await? {
        Registered::Now(account) => {
            HttpResponse::Created().json(json!({ "user": AccountJson::new(*account, vec![USER.name.to_owned()]) }))
        }
        Registered::WhenProved => HttpResponse::Accepted().json(json!({ "status": "verification_sent" })),
    })
}

fn parse(body: RegisterBody) -> Result<Register, Problem> {
    let mut fields = Fields::default();
    let email = fields.take("/email", Email::parse(&body.email));
    let password = fields.new_password("/password", body.password);
    let username = body.username.and_then(|text| fields.take("/username", Username::parse(&text)));
    let display_name = body.display_name.and_then(|text| fields.take("/display_name", DisplayName::parse(&text)));
    let metadata = body.metadata.and_then(|value| fields.take("/metadata", Metadata::from_value(value)));
    let needed = email.zip(password);
    let invitation = body.invitation.map_or(Brought::Nothing, |text| {
        SecretToken::parse(text.expose_secret()).map_or(Brought::NoToken, Brought::Token)
    });
    let register =
        needed.map(|(email, password)| Register { email, password, username, display_name, metadata, invitation });
    fields.finish(register)
}
