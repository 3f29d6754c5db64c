//! `GET` and `PATCH /v1/me`

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::account_json::AccountJson;
use super::body::Body;
use super::caller::Person;
use super::fields::{Fields, nullable};
use super::problem::Problem;
use crate::domain::account::{Change, ProfileChange};
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
    display_name: Change<String>,
    #[serde(default, deserialize_with = "nullable")]
    username: Change<String>,
    #[serde(default, deserialize_with = "nullable")]
    metadata: Change<Value>,
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
    let change = ProfileChange {
        username: fields.take_change("/username", body.username, |text| Username::parse(&text)),
        display_name: fields.take_change("/display_name", body.display_name, |text| DisplayName::parse(&text)),
        metadata: fields.take_change("/metadata", body.metadata, Metadata::from_value),
    };
    fields.finish(Some(change))
}
