//! What is done to an account beside changing it: `POST /v1/admin/users/{id}/…`

use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;

use crate::flows::Context;
use crate::flows::admin::change_user::verify_email_of;
use crate::flows::admin::give_password::{give_password, require_password_change};
use crate::flows::admin::lock_user::{lock_user, unlock_user};
use crate::http::allowed::{Allowed, UsersWrite};
use crate::http::body::{Body, NoFields, OptionalBody};
use crate::http::fields::Fields;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;

/// Who is meant says it all.
type Nothing = OptionalBody<NoFields>;

pub async fn lock(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    lock_user(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn unlock(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    unlock_user(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    new_password: SecretString,
}

pub async fn set_password(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
    body: Body<PasswordBody>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let password = fields.new_password("/new_password", body.0.new_password);
    let password = fields.finish(password)?;
    give_password(&context, &leave.visit, &leave.by, id.0, password).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn require_change(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    require_password_change(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn verify_email(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    verify_email_of(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
