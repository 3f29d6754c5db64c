//! `GET /v1/revocations`

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::caller::Caller;
use super::problem::{FieldError, Problem};
use super::query::Query;
use crate::domain::permission::Permission;
use crate::domain::revocation::{Revocation, What};
use crate::domain::revocation_cursor::RevocationCursor;
use crate::flows::Context;
use crate::flows::read_revocations::read_revocations;

/// Shorter than the half minute after which proxies give up.
const LONGEST_WAIT_SECONDS: u64 = 25;

#[derive(Deserialize)]
pub struct FeedQuery {
    since: Option<String>,
    wait: Option<u64>,
}

pub async fn get(
    context: web::Data<Context>,
    caller: Caller,
    query: Query<FeedQuery>,
) -> Result<HttpResponse, Problem> {
    let needed = Permission::parse("revocations:read").map_err(Problem::internal)?;
    caller.demand(&needed)?;
    let Query(query) = query;
    let since = match &query.since {
        None => None,
        Some(text) => {
            Some(RevocationCursor::parse(text).ok_or_else(|| invalid("?since", "not a cursor of this feed"))?)
        }
    };
    let wait = query.wait.unwrap_or(0);
    if wait > LONGEST_WAIT_SECONDS {
        return Err(invalid("?wait", "between 0 and 25 seconds"));
    }
    let page = read_revocations(&context, since, Duration::from_secs(wait)).await?;
    let items: Vec<RevocationJson> = page.items.iter().map(RevocationJson::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next_cursor": page.next.to_text() })))
}

fn invalid(parameter: &'static str, detail: &'static str) -> Problem {
    Problem::invalid_field(FieldError::new(parameter, "invalid_value", detail))
}

#[derive(Serialize)]
struct RevocationJson<'r> {
    id: Uuid,
    at: String,
    reason: &'r str,
    expires_at: String,
    #[serde(flatten)]
    what: WhatJson,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WhatJson {
    SessionEnded { sid: Uuid, sub: Uuid },
    UserSessionsEnded { sub: Uuid, epoch: i64, except_sid: Option<Uuid> },
    ClaimsChanged { sub: Uuid, ver: i64 },
    AllEnded { issued_before: String },
    AllClaimsChanged { issued_before: String },
}

impl<'r> From<&'r Revocation> for RevocationJson<'r> {
    fn from(revocation: &'r Revocation) -> Self {
        let issued_before = || revocation.at.rfc3339();
        let what = match revocation.what {
            What::Session { session_id, user_id } => WhatJson::SessionEnded { sid: session_id, sub: user_id },
            What::User { user_id, epoch, except } => {
                WhatJson::UserSessionsEnded { sub: user_id, epoch, except_sid: except }
            }
            What::Claims { user_id, version } => WhatJson::ClaimsChanged { sub: user_id, ver: version },
            What::All => WhatJson::AllEnded { issued_before: issued_before() },
            What::AllClaims => WhatJson::AllClaimsChanged { issued_before: issued_before() },
        };
        Self {
            id: revocation.id,
            at: revocation.at.rfc3339(),
            reason: &revocation.reason,
            expires_at: revocation.expires_at.rfc3339(),
            what,
        }
    }
}
