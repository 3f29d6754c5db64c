//! `GET /v1/admin/audit`

use std::net::IpAddr;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::audit_event::{Action, Outcome};
use crate::domain::audit_record::AuditFilter;
use crate::domain::clock::Timestamp;
use crate::flows::Context;
use crate::flows::admin::audit::list_audit;
use crate::http::allowed::{Allowed, AuditRead};
use crate::http::audit_json::EventJson;
use crate::http::paging::{PageJson, page_request};
use crate::http::problem::{FieldError, Problem};
use crate::http::query::Query;

#[derive(Deserialize)]
pub struct AuditQuery {
    user: Option<Uuid>,
    actor: Option<Uuid>,
    action: Option<String>,
    ip: Option<IpAddr>,
    outcome: Option<String>,
    after: Option<String>,
    before: Option<String>,
    limit: Option<u64>,
    cursor: Option<String>,
}

pub async fn get(
    leave: Allowed<AuditRead>,
    context: web::Data<Context>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse, Problem> {
    let Query(query) = query;
    let page = page_request(query.limit, query.cursor.as_deref())?;
    let filter = AuditFilter {
        user: query.user,
        actor: query.actor,
        action: read("?action", query.action.as_deref(), "no action of the audit trail", Action::parse)?,
        ip: query.ip.map(|ip| ip.to_string()),
        outcome: read("?outcome", query.outcome.as_deref(), "success or refused", outcome)?,
        after: read("?after", query.after.as_deref(), "no moment of RFC 3339", Timestamp::parse_rfc3339)?,
        before: read("?before", query.before.as_deref(), "no moment of RFC 3339", Timestamp::parse_rfc3339)?,
    };
    let page = list_audit(&context, &leave.visit, &leave.by, filter, page).await?;
    Ok(HttpResponse::Ok().json(PageJson::new(page, EventJson::from)))
}

fn read<T>(
    parameter: &'static str,
    text: Option<&str>,
    detail: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let invalid = || Problem::invalid_field(FieldError::new(parameter, "invalid_value", detail));
    text.map(|text| parse(text).ok_or_else(invalid)).transpose()
}

fn outcome(text: &str) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| outcome.word() == text)
}
