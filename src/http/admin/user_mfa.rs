//! `/v1/admin/users/{id}/mfa`

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::flows::Context;
use crate::flows::admin::user_mfa::{reset_mfa, view_mfa_of};
use crate::http::allowed::{Allowed, UsersWrite};
use crate::http::path_id::PathId;
use crate::http::problem::Problem;

pub async fn get(leave: Allowed<UsersWrite>, context: web::Data<Context>, id: PathId) -> Result<HttpResponse, Problem> {
    let state = view_mfa_of(&context, &leave.visit, id.0).await?;
    Ok(HttpResponse::Ok().json(json!({
        "totp": { "enabled": state.enabled, "pending": state.pending },
        "recovery_codes_left": state.recovery_codes_left,
    })))
}

pub async fn delete(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
) -> Result<HttpResponse, Problem> {
    reset_mfa(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
