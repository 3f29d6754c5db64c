//! `/v1/admin/users` and `/v1/admin/users/{id}`

use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::user_json::UserJson;
use crate::domain::account::Change;
use crate::domain::email::Email;
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::user_record::UserChange;
use crate::domain::username::Username;
use crate::flows::Context;
use crate::flows::admin::change_user::change_user;
use crate::flows::admin::create_user::{NewUser, create_user};
use crate::flows::admin::delete_user::delete_user;
use crate::flows::admin::users::find_user;
use crate::http::allowed::{Allowed, UsersRead, UsersWrite};
use crate::http::body::Body;
use crate::http::fields::{Fields, nullable};
use crate::http::if_match::{IfMatch, tagged};
use crate::http::path_id::PathId;
use crate::http::problem::{FieldError, Problem};

pub async fn get(leave: Allowed<UsersRead>, context: web::Data<Context>, id: PathId) -> Result<HttpResponse, Problem> {
    let record = find_user(&context, &leave.visit, id.0).await?;
    Ok(tagged(&record.etag(), UserJson::from(record)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUserBody {
    email: Option<String>,
    username: Option<String>,
    password: Option<SecretString>,
    display_name: Option<String>,
    metadata: Option<Value>,
    #[serde(default)]
    email_verified: bool,
}

pub async fn create(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    body: Body<NewUserBody>,
) -> Result<HttpResponse, Problem> {
    let record = create_user(&context, &leave.visit, &leave.by, parse_new(body.0)?).await?;
    let (etag, location) = (record.etag(), format!("/v1/admin/users/{}", record.account.id));
    let mut answer = HttpResponse::Created();
    Ok(answer.insert_header((ETAG, etag.as_str())).insert_header((LOCATION, location)).json(UserJson::from(record)))
}

fn parse_new(body: NewUserBody) -> Result<NewUser, Problem> {
    let mut fields = Fields::default();
    let is_nameless = body.email.is_none() && body.username.is_none();
    let new = NewUser {
        email: body.email.and_then(|text| fields.take("/email", Email::parse(&text))),
        username: body.username.and_then(|text| fields.take("/username", Username::parse(&text))),
        password: body.password.and_then(|secret| fields.new_password("/password", secret)),
        display_name: body.display_name.and_then(|text| fields.take("/display_name", DisplayName::parse(&text))),
        metadata: body.metadata.and_then(|value| fields.take("/metadata", Metadata::from_value(value))),
        email_verified: body.email_verified,
    };
    if is_nameless {
        let detail = "an account needs an e-mail address or a username";
        return Err(Problem::invalid_input([FieldError::new("/email", "missing_field", detail)]));
    }
    fields.finish(Some(new))
}

/// Null removes; what is not there stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    active: Option<bool>,
    email_verified: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    display_name: Change<String>,
    #[serde(default, deserialize_with = "nullable")]
    metadata: Change<Value>,
}

pub async fn patch(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
    if_match: IfMatch,
    body: Body<UserBody>,
) -> Result<HttpResponse, Problem> {
    let Body(UserBody { active, email_verified, display_name, metadata }) = body;
    let mut fields = Fields::default();
    let display_name = fields.take_change("/display_name", display_name, |text| DisplayName::parse(&text));
    let metadata = fields.take_change("/metadata", metadata, Metadata::from_value);
    let change = fields.finish(Some(UserChange { active, email_verified, display_name, metadata }))?;
    let record = change_user(&context, &leave.visit, &leave.by, id.0, &if_match.0, change).await?;
    Ok(tagged(&record.etag(), UserJson::from(record)))
}

pub async fn delete(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    delete_user(&context, &leave.visit, &leave.by, id.0, &if_match.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
