//! `/livez`, `/readyz`, `/version`

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::problem::{FieldError, Problem};
use crate::domain::clock::Deadline;
use crate::flows::Context;

/// A load balancer asks every second or two and does not wait longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether this node has been told to go.
#[derive(Clone, Debug, Default)]
pub struct Draining(pub Arc<AtomicBool>);

/// The process answers; nothing else is asked.
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// Whether requests should be sent here.
pub async fn readyz(context: web::Data<Context>, draining: web::Data<Draining>) -> Result<HttpResponse, Problem> {
    if draining.0.load(Ordering::Acquire) {
        return Err(Problem::not_ready([FieldError::new("/node", "draining", "it is shutting down")]));
    }
    let unready = context.house.unready(Deadline::within(PATIENCE)).await;
    if unready.is_empty() {
        return Ok(HttpResponse::Ok().json(json!({ "status": "ready" })));
    }
    let reasons = unready.iter().map(|one| FieldError::new(format!("/{}", one.who), "unready", one.why));
    Err(Problem::not_ready(reasons))
}

pub async fn version() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "name": "keystead", "version": env!("CARGO_PKG_VERSION") }))
}
