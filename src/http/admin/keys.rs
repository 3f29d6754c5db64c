//! `/v1/admin/keys` and `POST /v1/admin/keys/rotate`

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::json;

use crate::actors::issuer::When;
use crate::domain::clock::Timestamp;
use crate::domain::signing_key::{KeyState, SigningKeyRecord};
use crate::flows::Context;
use crate::flows::admin::keys::{list_keys, rotate_keys};
use crate::http::allowed::{Allowed, KeysRead, KeysRotate};
use crate::http::problem::Problem;

#[derive(Serialize)]
pub struct KeyJson {
    kid: String,
    algorithm: String,
    state: &'static str,
    created_at: String,
    active_from: String,
    retired_at: Option<String>,
}

impl From<(SigningKeyRecord, KeyState)> for KeyJson {
    fn from((key, state): (SigningKeyRecord, KeyState)) -> Self {
        Self {
            kid: key.id,
            algorithm: key.algorithm,
            state: state.word(),
            created_at: key.created_at.rfc3339(),
            active_from: key.active_from.rfc3339(),
            retired_at: key.retired_at.map(Timestamp::rfc3339),
        }
    }
}

/// All of them: there is one for each rotation.
pub async fn list(leave: Allowed<KeysRead>, context: web::Data<Context>) -> Result<HttpResponse, Problem> {
    let keys = list_keys(&context, &leave.visit).await?;
    let keys: Vec<_> = keys.into_iter().map(KeyJson::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": keys, "next_cursor": null })))
}

/// 201 with the next key, or 200 where it was made before and has not signed yet.
pub async fn rotate(leave: Allowed<KeysRotate>, context: web::Data<Context>) -> Result<HttpResponse, Problem> {
    let next = rotate_keys(&context, &leave.visit, &leave.by, When::Unnoticed).await?;
    let mut answer = if next.is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(KeyJson::from((next.key, next.state))))
}
