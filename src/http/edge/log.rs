//! What is written down of a request: one line, and the cause of a failure once. Never a path or a query, which may
//! hold an id or a token, and never a header or a body.

use std::any::Any;

use actix_web::Error;
use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, StatusCode};
use tracing::{Span, debug, error, error_span, info};

use super::Arrival;
use crate::http::problem::Problem;
use crate::http::request_id::RequestId;
use crate::http::trace_context::TraceParent;

/// Asked by machines many times a second, and nothing to tell when it went well: such a line is for debugging. Written
/// at `info`, it was a tenth of the time of a token's check.
const ASKED_BY_MACHINES: [&str; 3] = ["/oauth2/introspect", "/livez", "/readyz"];

/// At the level of errors, so that a log of errors alone has the request id too.
pub(super) fn span(request: &ServiceRequest, request_id: &RequestId) -> Span {
    let caller = TraceParent::of_headers(request.headers());
    error_span!(
        "request",
        request_id = request_id.as_str(),
        method = known_method(request.method()),
        trace_id = caller.as_ref().map(|caller| caller.trace_id),
        parent_id = caller.as_ref().map(|caller| caller.parent_id),
    )
}

/// Inside the request's span, which holds the method and the request id. `route`: the pattern, not the path.
pub(super) fn line(arrival: &Arrival, route: Option<&str>, status: StatusCode) {
    let duration_us = u64::try_from(arrival.since.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (route, status_code) = (route.unwrap_or("-"), status.as_u16());
    if status.is_success() && ASKED_BY_MACHINES.contains(&route) {
        debug!(route, status = status_code, duration_us, "answered");
    } else {
        info!(route, status = status_code, duration_us, "answered");
    }
}

/// The one place where a cause is logged.
pub(super) fn cause(problem: &Problem) {
    if let Some(cause) = problem.cause() {
        error!(code = problem.code(), cause = chain(cause), "the request failed");
    }
}

pub(super) fn foreign(error: &Error, status: StatusCode) {
    if status.is_server_error() {
        error!(code = "internal_error", cause = %error, "the request failed");
    }
}

/// A cause and its causes, in one line.
fn chain(cause: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(cause), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

pub(super) fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", words.unwrap_or("without words"))
}

/// A method is a token of any length that a client makes up; the log knows only those that exist.
fn known_method(method: &Method) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if known.contains(method) { method.as_str() } else { "other" }
}
