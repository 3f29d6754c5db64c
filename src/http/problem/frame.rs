//! The problems that the frame itself finds, before any flow is asked.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};

use super::{FieldError, Problem};

/// The challenge of a 401 (RFC 9110 §15.5.2 asks for one, RFC 6750 §3 says how it reads).
pub(super) const BEARER: HeaderValue = HeaderValue::from_static(r#"Bearer realm="keystead""#);
/// A token was brought, so the challenge says what is wrong (RFC 6750 §3.1).
const BEARER_INVALID: HeaderValue = HeaderValue::from_static(r#"Bearer realm="keystead", error="invalid_token""#);
const BEARER_INSUFFICIENT: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="keystead", error="insufficient_scope""#);

/// The database comes back within seconds or not for minutes; every client asks again at this pace meanwhile.
const DATABASE_RETRY: Duration = Duration::from_secs(2);

impl Problem {
    pub fn malformed_json(detail: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_json", "The body is not well-formed JSON")
            .detail(detail.to_string())
    }

    /// Nothing is ever mass-assigned: a field that nobody asked for is refused.
    pub fn unknown_field(pointer: impl Into<String>) -> Self {
        let error = FieldError::new(pointer, "unknown_field", "this field is not known here");
        Self::new(StatusCode::BAD_REQUEST, "unknown_field", "The request holds an unknown field").errors([error])
    }

    /// A field that is missing, of the wrong type, or there twice. What is understood but not acceptable is a 422, and
    /// a flow's decision.
    pub fn invalid_field(error: FieldError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_field", "A field is missing or malformed").errors([error])
    }

    /// The query string cannot be read at all.
    pub fn malformed_query(detail: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_query", "The query string is malformed")
            .detail(detail.to_string())
    }

    pub fn malformed_request() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_request", "The request is malformed")
    }

    pub fn body_too_large(limit_bytes: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large")
            .detail(format!("a body holds at most {limit_bytes} bytes"))
    }

    /// The body did not arrive before the request's deadline.
    pub fn body_too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body did not arrive in time")
    }

    /// `expected`: the one content type that is read here.
    pub fn unsupported_media_type(expected: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The content type is not supported")
            .detail(format!("the body must be {expected} in UTF-8, without a content coding"))
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here")
    }

    /// `allowed`: the methods that the resource has (RFC 9110 §15.5.6 demands that they are listed).
    pub fn method_not_allowed(allowed: &[Method]) -> Self {
        let allowed = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let problem = Self::method_not_known();
        match HeaderValue::from_str(&allowed) {
            Ok(allowed) => problem.header(header::ALLOW, allowed),
            // A method is a token (RFC 9110 §9.1), so this does not happen.
            Err(_) => problem,
        }
    }

    fn method_not_known() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed here")
    }

    /// No credential was brought.
    pub fn not_authenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_authenticated", "Authentication is required")
    }

    /// A credential was brought and is not accepted: malformed, forged, expired or revoked, which is nobody's business.
    pub fn invalid_token() -> Self {
        Self::not_authenticated()
            .detail("the access token is not valid")
            .header(header::WWW_AUTHENTICATE, BEARER_INVALID)
    }

    pub fn permission_denied() -> Self {
        Self::new(StatusCode::FORBIDDEN, "permission_denied", "This is not permitted")
            .header(header::WWW_AUTHENTICATE, BEARER_INSUFFICIENT)
    }

    /// For what asks for a sign-in of late; `POST /v1/me/reauthenticate` is the remedy.
    pub fn reauthentication_required() -> Self {
        Self::new(StatusCode::FORBIDDEN, "reauthentication_required", "A recent sign-in is needed for this")
    }

    /// Every place is taken, or the deadline passed.
    pub fn overloaded(retry_after: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The server is busy").retry_after(retry_after)
    }

    pub fn database_unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "database_unavailable", "The database is not available")
            .retry_after(DATABASE_RETRY)
            .caused_by(cause)
    }

    /// Shows nothing; the cause is logged with the request id.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::internal_error().caused_by(cause)
    }

    fn internal_error() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong on our side")
    }

    /// The form for an answer that came without one: the router's own 404 and 405, another crate's error.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::not_authenticated(),
            StatusCode::FORBIDDEN => Self::permission_denied(),
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_known(),
            StatusCode::SERVICE_UNAVAILABLE => {
                Self::new(status, "unavailable", "The server cannot answer at the moment")
            }
            status if status.is_client_error() => Self::new(status, "malformed_request", "The request is malformed"),
            _ => Self::internal_error(),
        }
    }
}
