//! What is written down of a request: one line, and the cause of a failure once. Never a path or a query, which may
//! hold an id or a token, and never a header or a body.

use std::any::Any;

use actix_web::Error;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderValue;
use actix_web::http::{Method, StatusCode};
use tracing::{Level, Span, debug, enabled, error, error_span, info};

use super::Arrival;
use crate::http::problem::Problem;
use crate::http::request_id::RequestId;
use crate::http::trace_context::TraceParent;

/// Asked by machines many times a second, and nothing to tell when it went well: such a line is for debugging. Written
/// at `info`, it was a tenth of the time of a token's check.
const ASKED_BY_MACHINES: [&str; 3] = ["/oauth2/introspect", "/livez", "/readyz"];

/// The request's span: at once, or for what machines ask only when there is something to write. While such a request is
/// under way nothing is written above `debug` but here, and a span that nobody saw was a twentieth of a token's check.
pub(super) struct LateSpan {
    is_for_machines: bool,
    method: Method,
    traceparent: Option<HeaderValue>,
}

impl LateSpan {
    pub(super) fn of(request: &ServiceRequest) -> Self {
        let is_for_machines = ASKED_BY_MACHINES.contains(&request.match_info().get_ref().path());
        let traceparent = TraceParent::header(request.headers()).cloned();
        Self { is_for_machines, method: request.method().clone(), traceparent }
    }

    /// The span in which the request is handled.
    pub(super) fn at_once(&self, request_id: &RequestId) -> Span {
        if self.is_for_machines && !enabled!(Level::DEBUG) { Span::none() } else { self.make(request_id) }
    }

    /// The span in which a line is written after that.
    fn at_last(&self, request_id: &RequestId) -> Span {
        let current = Span::current();
        if current.is_none() { self.make(request_id) } else { current }
    }

    /// At the level of errors, so that a log of errors alone has the request id too.
    fn make(&self, request_id: &RequestId) -> Span {
        let caller = self.traceparent.as_ref().and_then(TraceParent::of_header);
        error_span!(
            "request",
            request_id = request_id.as_str(),
            method = known_method(&self.method),
            trace_id = caller.as_ref().map(|caller| caller.trace_id),
            parent_id = caller.as_ref().map(|caller| caller.parent_id),
        )
    }
}

/// Inside the request's span, which holds the method and the request id. `route`: the pattern, not the path.
pub(super) fn line(arrival: &Arrival, route: impl FnOnce() -> Option<String>, status: StatusCode) {
    let is_dull = arrival.span.is_for_machines && status.is_success();
    if is_dull && !enabled!(Level::DEBUG) {
        return;
    }
    let duration_us = u64::try_from(arrival.since.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (route, status) = (route(), status.as_u16());
    let route = route.as_deref().unwrap_or("-");
    arrival.span.at_last(&arrival.request_id).in_scope(|| {
        if is_dull {
            debug!(route, status, duration_us, "answered");
        } else {
            info!(route, status, duration_us, "answered");
        }
    });
}

/// The one place where a cause is logged.
pub(super) fn cause(arrival: &Arrival, problem: &Problem) {
    if let Some(cause) = problem.cause() {
        arrival.span.at_last(&arrival.request_id).in_scope(|| {
            error!(code = problem.code(), cause = chain(cause), "the request failed");
        });
    }
}

pub(super) fn foreign(arrival: &Arrival, error: &Error, status: StatusCode) {
    if status.is_server_error() {
        arrival.span.at_last(&arrival.request_id).in_scope(|| {
            error!(code = "internal_error", cause = %error, "the request failed");
        });
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
