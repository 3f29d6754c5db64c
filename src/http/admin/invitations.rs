//! `/v1/admin/invitations` and `/v1/admin/invitations/{id}`

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::flows::Context;
use crate::flows::admin::invitations::{Invitation, list_invitations, make_invitation, withdraw_invitation};
use crate::http::allowed::{Allowed, UsersWrite};
use crate::http::body::Body;
use crate::http::fields::Fields;
use crate::http::paging::{ListQuery, PageJson};
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::query::Query;

#[derive(Serialize)]
pub struct InvitationJson {
    id: Uuid,
    email: Option<String>,
    created_at: String,
    expires_at: String,
}

impl From<Invitation> for InvitationJson {
    fn from(invitation: Invitation) -> Self {
        let Invitation { id, email, created_at, expires_at } = invitation;
        Self { id, email, created_at: created_at.rfc3339(), expires_at: expires_at.rfc3339() }
    }
}

pub async fn list(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = list_invitations(&context, &leave.visit, query.0.page()?).await?;
    Ok(HttpResponse::Ok().json(PageJson::new(page, InvitationJson::from)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    /// Without one it is for whoever has the token.
    email: Option<String>,
}

pub async fn create(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    body: Body<InvitationBody>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let email = body.0.email.and_then(|text| fields.take("/email", Email::parse(&text)));
    let email = fields.finish(Some(email))?;
    let made = make_invitation(&context, &leave.visit, &leave.by, email).await?;
    // What went by mail is shown to nobody else.
    let token = made.token.as_ref().map(ExposeSecret::expose_secret);
    let invitation = json!({ "id": made.id, "token": token, "expires_at": made.expires_at.rfc3339() });
    Ok(HttpResponse::Created().json(invitation))
}

pub async fn delete(
    leave: Allowed<UsersWrite>,
    context: web::Data<Context>,
    id: PathId,
) -> Result<HttpResponse, Problem> {
    withdraw_invitation(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
