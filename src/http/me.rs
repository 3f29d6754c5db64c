//! `GET` and `PATCH /v1/me`

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::account_json::AccountJson;
use super::body::Body;
use super::caller::Person;
use super::fields::{Fields, nullable};
use super::problem::Problem;
use crate::domain::account::ProfileChange;
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::username::Username;
use crate::flows::Context;
use crate::flows::change_profile::change_profile;
use crate::flows::view_account::view_account;

pub async fn get(context: web::Data<Context>, person: Person) -> Result<HttpResponse, Problem> {
    let account = view_account(&context, &person.visit, &person.claims).await?;
    Ok(HttpResponse::Ok().json(AccountJson::new(account, person.claims.roles.clone())))
}

/// Null removes; what is not there stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    #[serde(default, deserialize_with = "nullable")]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    username: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    metadata: Option<Option<Value>>,
}

pub async fn patch(
    context: web::Data<Context>,
    person: Person,
    body: Body<ProfileBody>,
) -> Result<HttpResponse, Problem> {
    let change = parse(body.0)?;
    let account = change_profile(&context, &person.visit, &person.claims, change).await?;
    Ok(HttpResponse::Ok().json(AccountJson::new(account, person.claims.roles.clone())))
}

fn parse(body: ProfileBody) -> Result<ProfileChange, Problem> {
    let mut fields = Fields::default();
    let username = match &body.username {
        None => Some(None),
        Some(text) => fields.take_optional("/username", text.as_deref(), Username::parse).map(Some),
    };
    let display_name = match &body.display_name {
        None => Some(None),
        Some(text) => fields.take_optional("/display_name", text.as_deref(), DisplayName::parse).map(Some),
    };
    let metadata = match body.metadata {
        None => Some(None),
        Some(None) => Some(Some(None)),
        Some(Some(value)) => fields.take("/metadata", Metadata::from_value(value)).map(|metadata| Some(Some(metadata))),
    };
    match (username, display_name, metadata) {
        (Some(username), Some(display_name), Some(metadata)) => Ok(ProfileChange { username, display_name, metadata }),
        _ => Err(fields.refusal()),
    }
}
