//! `/v1/admin/roles` and `/v1/admin/roles/{name}`

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::role_name::PathRole;
use crate::domain::account::Change;
use crate::domain::permission::Permissions;
use crate::domain::role::{Role, RoleChange, RoleDescription, RoleName};
use crate::flows::Context;
use crate::flows::admin::roles::{NewRole, change_role, create_role, delete_role, find_role, list_roles};
use crate::http::allowed::{Allowed, RolesRead, RolesWrite};
use crate::http::body::Body;
use crate::http::fields::{Fields, nullable};
use crate::http::if_match::{IfMatch, tagged};
use crate::http::paging::{ListQuery, PageJson};
use crate::http::problem::Problem;
use crate::http::query::Query;

#[derive(Serialize)]
pub struct RoleJson {
    id: Uuid,
    name: String,
    description: Option<String>,
    permissions: Vec<String>,
    built_in: bool,
}

impl From<Role> for RoleJson {
    fn from(role: Role) -> Self {
        let Role { id, name, description, permissions, built_in } = role;
        Self { id, name, description, permissions: permissions.iter().map(ToString::to_string).collect(), built_in }
    }
}

pub async fn list(
    leave: Allowed<RolesRead>,
    context: web::Data<Context>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = list_roles(&context, &leave.visit, query.0.page()?).await?;
    Ok(HttpResponse::Ok().json(PageJson::new(page, RoleJson::from)))
}

pub async fn get(
    leave: Allowed<RolesRead>,
    context: web::Data<Context>,
    name: PathRole,
) -> Result<HttpResponse, Problem> {
    let role = find_role(&context, &leave.visit, &name.0).await?;
    Ok(tagged(&role.etag(), RoleJson::from(role)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRoleBody {
    name: String,
    description: Option<String>,
    permissions: Vec<String>,
}

pub async fn create(
    leave: Allowed<RolesWrite>,
    context: web::Data<Context>,
    body: Body<NewRoleBody>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let name = fields.take("/name", RoleName::parse(&body.name));
    let description = body.description.and_then(|text| fields.take("/description", RoleDescription::parse(&text)));
    let permissions = fields.take("/permissions", Permissions::grantable(&body.permissions));
    let (name, permissions) = fields.finish(name.zip(permissions))?;
    let new = NewRole { name, description, permissions };
    let role = create_role(&context, &leave.visit, &leave.by, new).await?;
    let etag = role.etag();
    Ok(HttpResponse::Created().insert_header((ETAG, etag.as_str())).json(RoleJson::from(role)))
}

/// Null removes; what is not there stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    #[serde(default, deserialize_with = "nullable")]
    description: Change<String>,
    permissions: Option<Vec<String>>,
}

pub async fn patch(
    leave: Allowed<RolesWrite>,
    context: web::Data<Context>,
    name: PathRole,
    if_match: IfMatch,
    body: Body<RoleBody>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let description = fields.take_change("/description", body.description, |text| RoleDescription::parse(&text));
    let permissions = body.permissions.and_then(|texts| fields.take("/permissions", Permissions::grantable(&texts)));
    let change = fields.finish(Some(RoleChange { description, permissions }))?;
    let role = change_role(&context, &leave.visit, &leave.by, &name.0, &if_match.0, &change).await?;
    Ok(tagged(&role.etag(), RoleJson::from(role)))
}

pub async fn delete(
    leave: Allowed<RolesWrite>,
    context: web::Data<Context>,
    name: PathRole,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    delete_role(&context, &leave.visit, &leave.by, &name.0, &if_match.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
