//! `GET /v1/me/events`

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::caller::Person;
use super::paging::{PageJson, page_request};
use super::problem::Problem;
use super::query::Query;
use crate::domain::device_label::device_label;
use crate::domain::own_event::OwnEvent;
use crate::flows::Context;
use crate::flows::own_events::own_events;

#[derive(Deserialize)]
pub struct ListQuery {
    limit: Option<u64>,
    cursor: Option<String>,
}

/// What stands for the owner where others are told apart by what they are.
const SELF: &str = "self";

#[derive(Serialize)]
pub(super) struct EventJson {
    id: Uuid,
    at: String,
    action: String,
    outcome: String,
    /// `self`, or what somebody else is: `nobody` (not known), `person`, `client`, `operator`, `system`.
    actor: String,
    session_id: Option<Uuid>,
    detail: Option<Box<RawValue>>,
    identifier: Option<String>,
    ip: Option<String>,
    /// "Firefox on Linux", where the user agent says so.
    device: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl From<OwnEvent> for EventJson {
    fn from(event: OwnEvent) -> Self {
        let personal = event.personal;
        Self {
            id: event.id,
            at: event.at.rfc3339(),
            action: event.action,
            outcome: event.outcome,
            actor: if event.by_owner { SELF.to_owned() } else { event.actor_kind },
            session_id: event.session_id,
            detail: RawValue::from_string(event.detail).ok(),
            identifier: personal.identifier,
            ip: personal.ip,
            device: personal.user_agent.as_deref().and_then(device_label),
            user_agent: personal.user_agent,
            request_id: event.request_id,
        }
    }
}

pub async fn get(
    context: web::Data<Context>,
    person: Person,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(query.0.limit, query.0.cursor.as_deref())?;
    let page = own_events(&context, &person.visit, &person.claims, page).await?;
    Ok(HttpResponse::Ok().json(PageJson::new(page, EventJson::from)))
}
