//! `/v1/admin/users/{id}/sessions` and `/v1/admin/sessions/…`

use std::net::IpAddr;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::domain::clock::Timestamp;
use crate::domain::session_filter::SessionFilter;
use crate::flows::Context;
use crate::flows::admin::end_sessions::end_sessions;
use crate::flows::admin::user_sessions::{end_session, end_sessions_of, list_sessions_of};
use crate::http::allowed::{Allowed, SessionsRead, SessionsWrite};
use crate::http::body::Body;
use crate::http::fields::Fields;
use crate::http::my_sessions::SessionJson;
use crate::http::paging::{ListQuery, PageJson};
use crate::http::path_id::PathId;
use crate::http::problem::{FieldError, Problem};
use crate::http::query::Query;

pub async fn list(
    leave: Allowed<SessionsRead>,
    context: web::Data<Context>,
    id: PathId,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = list_sessions_of(&context, &leave.visit, id.0, query.0.page()?).await?;
    let current = leave.by.session();
    Ok(HttpResponse::Ok().json(PageJson::new(page, |session| SessionJson::new(session, current))))
}

pub async fn end_all_of(
    leave: Allowed<SessionsWrite>,
    context: web::Data<Context>,
    id: PathId,
) -> Result<HttpResponse, Problem> {
    end_sessions_of(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn end_one(
    leave: Allowed<SessionsWrite>,
    context: web::Data<Context>,
    id: PathId,
) -> Result<HttpResponse, Problem> {
    end_session(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whose, from where, begun when; what is named has to fit. `all` says that nothing is left out by mistake.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeBody {
    user_id: Option<String>,
    ip: Option<String>,
    before: Option<String>,
    #[serde(default)]
    all: bool,
    #[serde(default)]
    dry_run: bool,
}

pub async fn revoke(
    leave: Allowed<SessionsWrite>,
    context: web::Data<Context>,
    body: Body<RevokeBody>,
) -> Result<HttpResponse, Problem> {
    let dry_run = body.0.dry_run;
    let filter = parse(body.0)?;
    let ended = end_sessions(&context, &leave.visit, &leave.by, &filter, dry_run).await?;
    Ok(HttpResponse::Ok().json(json!({
        "dry_run": dry_run,
        "sessions": ended.sessions,
        "skipped": ended.skipped,
        "complete": ended.complete,
    })))
}

fn parse(body: RevokeBody) -> Result<SessionFilter, Problem> {
    let mut fields = Fields::default();
    let user_id = body.user_id.and_then(|text| fields.take("/user_id", Uuid::try_parse(&text)));
    let ip = body.ip.and_then(|text| fields.take("/ip", text.parse::<IpAddr>()));
    let moment = |text: &str| Timestamp::parse_rfc3339(text).ok_or("a time as in RFC 3339");
    let before = body.before.and_then(|text| fields.take("/before", moment(&text)));
    let filter = SessionFilter { user_id, ip: ip.map(|ip| ip.to_canonical().to_string()), before };
    let filter = fields.finish(Some(filter))?;
    let names_some = filter != SessionFilter::default();
    if names_some == body.all {
        let detail = "either some of user_id, ip and before, or all, and not both";
        return Err(Problem::invalid_input([FieldError::new("/all", "invalid_value", detail)]));
    }
    Ok(filter)
}
