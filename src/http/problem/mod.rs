//! What goes wrong, as a client reads it: RFC 9457 on the app plane, RFC 6749 §5.2 on the protocol plane.
//!
//! The only place that knows status codes. A handler returns `Err(Problem)` (or [`OAuthError`], where the protocol
//! names its own errors), and the edge renders it in the form of the plane, with the request id. A cause is kept
//! beside the answer: the edge logs it once, and no client ever sees it.

mod frame;
mod oauth;
mod of_flows;
mod render;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

pub use oauth::OAuthError;

use super::plane::Plane;

/// An answer that is not what was asked for. Boxed, because it is the `Err` of nearly everything on this floor.
#[derive(Debug)]
pub struct Problem(Box<Facts>);

#[derive(Debug)]
struct Facts {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body; of a query parameter `?name`. Never holds a value.
    pub pointer: String,
    /// Stable, `snake_case`.
    pub code: &'static str,
    pub detail: Cow<'static, str>,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into() }
    }
}

impl Problem {
    /// `code`: stable, `snake_case`, what programs look at. `title`: the same for every occurrence of the code.
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        let (errors, headers) = (Vec::new(), Vec::new());
        Self(Box::new(Facts { status, code, title, detail: None, errors, retry_after: None, headers, cause: None }))
    }

    /// What a person should know about this occurrence. Goes to the client as it is: no cause and no secret in it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn errors(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.0.errors.extend(errors);
        self
    }

    /// Rounded up to whole seconds, at least one. A 429 or 503 without it says one second.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// A header that belongs to this answer, such as `Allow` or a challenge. Replaces the form's own of that name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Why it happened, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    pub fn code(&self) -> &'static str {
        self.0.code
    }

    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }
}

/// For the log: names what happened and holds nothing that a client sent.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status.as_u16(), self.0.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    /// Without the edge, which knows the request id and the plane and renders it anew.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.render(Plane::App, None)
    }
}
