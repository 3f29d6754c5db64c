//! The frame around every request: the outermost middleware, once an app.
//!
//! It names the request, gives it a deadline and a span, catches a panic, gives every answer the form of its plane and
//! the headers that all answers have, and writes one log line. It knows no route and takes no decision; what a person
//! may see was decided further in.

mod finish;
mod log;

use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::InternalError;
use actix_web::{Error, HttpMessage, HttpResponse};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tracing::Instrument;

use super::deadline::{EdgeDeadline, REQUEST_PATIENCE};
use super::plane::Plane;
use super::problem::Problem;
use super::request_id::RequestId;
use crate::domain::clock::Deadline;

/// The middleware. Wrapped around the app last, so that it stands outside of everything else.
#[derive(Clone, Debug)]
pub struct Edge {
    draining: Arc<AtomicBool>,
}

impl Edge {
    /// `draining`: once it is true every answer asks the client to close the connection.
    pub fn new(draining: Arc<AtomicBool>) -> Self {
        Self { draining }
    }
}

/// What is known of a request before anybody has looked at it.
struct Arrival {
    request_id: RequestId,
    plane: Plane,
    since: Instant,
    span: log::LateSpan,
}

pub struct EdgeService<S> {
    inner: Rc<S>,
    draining: Arc<AtomicBool>,
}

impl<S, B> Transform<S, ServiceRequest> for Edge
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = EdgeService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(EdgeService { inner: Rc::new(inner), draining: Arc::clone(&self.draining) }))
    }
}

impl<S, B> Service<ServiceRequest> for EdgeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let since = Instant::now();
        let request_id = RequestId::of_headers(request.headers());
        let plane = Plane::of_path(request.match_info());
        request.extensions_mut().insert(request_id);
        request.extensions_mut().insert(EdgeDeadline(Deadline::after(since, REQUEST_PATIENCE)));

        let arrival = Arrival { request_id, plane, since, span: log::LateSpan::of(&request) };
        let span = arrival.span.at_once(&request_id);
        let (inner, draining) = (Rc::clone(&self.inner), Arc::clone(&self.draining));
        let answer = async move {
            // Unwind safe: what a request shares with others are doors and immutable settings.
            let caught = AssertUnwindSafe(async { inner.call(request).await }).catch_unwind().await;
            let draining = draining.load(Ordering::Relaxed);
            match caught {
                Ok(Ok(response)) => Ok(arrival.finish(response.map_into_boxed_body(), draining)),
                Ok(Err(error)) => Err(arrival.finish_alone(HttpResponse::from_error(error), draining)),
                Err(panic) => {
                    let problem = Problem::internal(log::words_of(panic.as_ref()));
                    Err(arrival.finish_alone(HttpResponse::from_error(problem), draining))
                }
            }
        };
        Box::pin(answer.instrument(span))
    }
}

impl Arrival {
    fn finish(&self, answer: ServiceResponse, draining: bool) -> ServiceResponse {
        let (request, response) = answer.into_parts();
        let response = self.dress(response, draining);
        log::line(self, || request.match_pattern(), response.status());
        ServiceResponse::new(request, response)
    }

    /// The request is gone with what panicked or failed, and without it there is only this way to answer.
    fn finish_alone(&self, response: HttpResponse, draining: bool) -> Error {
        let response = self.dress(response, draining);
        log::line(self, || None, response.status());
        InternalError::from_response("answered by the edge", response).into()
    }
}

#[cfg(test)]
mod tests;
