//! `GET /v1/password/policy`

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::domain::password::PASSWORD_BYTES_MAX;
use crate::flows::Context;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// What a form needs to tell before it is sent. 0: not asked for.
pub async fn get(context: web::Data<Context>) -> HttpResponse {
    let policy = &context.rules.password_policy;
    let max_age = context.rules.demands.password_max_age;
    HttpResponse::Ok().json(json!({
        "min_length": policy.min_length_chars,
        "max_bytes": PASSWORD_BYTES_MAX,
        "min_strength": policy.min_strength,
        "required_classes": policy.required_classes,
        "max_age_days": max_age.map_or(0, |age| age.as_secs() / DAY_SECONDS),
        "history": policy.history,
    }))
}
