//! `GET /v1/me/sessions` and `DELETE /v1/me/sessions/{id}`

use actix_web::{HttpResponse, web};
use serde::Serialize;
use uuid::Uuid;

use super::caller::Person;
use super::paging::{ListQuery, PageJson};
use super::path_id::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::domain::device_label::device_label;
use crate::domain::session::SessionRecord;
use crate::flows::Context;
use crate::flows::own_sessions::{end_own_session, own_sessions};

#[derive(Serialize)]
pub struct SessionJson {
    id: Uuid,
    /// "Firefox on Linux", where the user agent says so.
    device: Option<String>,
    user_agent: Option<String>,
    ip: Option<String>,
    created_at: String,
    last_used_at: String,
    authenticated_at: String,
    expires_at: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl SessionJson {
    pub fn new(session: SessionRecord, current: Option<Uuid>) -> Self {
        Self {
            id: session.id,
            device: session.user_agent.as_deref().and_then(device_label),
            user_agent: session.user_agent,
            ip: session.ip,
            created_at: session.created_at.rfc3339(),
            last_used_at: session.last_used_at.rfc3339(),
            authenticated_at: session.authenticated_at.rfc3339(),
            expires_at: session.expires_at.rfc3339(),
            current: current == Some(session.id),
        }
    }
}

pub async fn get(
    context: web::Data<Context>,
    person: Person,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = own_sessions(&context, &person.visit, &person.claims, query.0.page()?).await?;
    let current = person.claims.sid;
    Ok(HttpResponse::Ok().json(PageJson::new(page, |session| SessionJson::new(session, current))))
}

pub async fn delete(context: web::Data<Context>, person: Person, id: PathId) -> Result<HttpResponse, Problem> {
    end_own_session(&context, &person.visit, &person.claims, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
