//! `/v1/admin/users/{id}/roles/{role}`

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::role_name::PathRole;
use crate::flows::Context;
use crate::flows::admin::role_holders::{Assignment, assign_role, find_holding};
use crate::http::allowed::{Allowed, RolesAssign};
use crate::http::path_id::PathId;
use crate::http::problem::Problem;

pub async fn get(
    leave: Allowed<RolesAssign>,
    context: web::Data<Context>,
    id: PathId,
    role: PathRole,
) -> Result<HttpResponse, Problem> {
    let held = find_holding(&context, &leave.visit, id.0, &role.0).await?;
    Ok(HttpResponse::Ok().json(json!({
        "role": role.0.as_str(),
        "granted_at": held.granted_at.rfc3339(),
        "granted_by": held.granted_by,
    })))
}

pub async fn put(
    leave: Allowed<RolesAssign>,
    context: web::Data<Context>,
    id: PathId,
    role: PathRole,
) -> Result<HttpResponse, Problem> {
    assign_role(&context, &leave.visit, &leave.by, id.0, &role.0, Assignment::Grant).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn delete(
    leave: Allowed<RolesAssign>,
    context: web::Data<Context>,
    id: PathId,
    role: PathRole,
) -> Result<HttpResponse, Problem> {
    assign_role(&context, &leave.visit, &leave.by, id.0, &role.0, Assignment::Withdraw).await?;
    Ok(HttpResponse::NoContent().finish())
}
