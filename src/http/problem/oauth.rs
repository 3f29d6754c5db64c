//! The protocol plane's own errors, exact to RFC 6749 §5.2.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use super::Problem;
use crate::http::plane::Plane;

/// An error that the protocol names. Where it has no name for what happened (404, 413, 503 …), a handler returns a
/// [`Problem`] there too, and the edge gives it this form.
#[derive(Debug)]
pub struct OAuthError(Problem);

impl OAuthError {
    /// A parameter is missing, repeated or malformed, or two ways of authentication were used at once.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::named(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// The client is unknown or did not authenticate: one answer, whichever it was. Carries `WWW-Authenticate: Basic`.
    pub fn invalid_client() -> Self {
        Self::named(StatusCode::UNAUTHORIZED, "invalid_client", "client authentication failed")
    }

    /// The grant (here: the refresh token) is invalid, expired, revoked, or another client's.
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::named(StatusCode::BAD_REQUEST, "invalid_grant", description)
    }

    /// The client is known and may not use this grant.
    pub fn unauthorized_client(description: impl Into<Cow<'static, str>>) -> Self {
        Self::named(StatusCode::BAD_REQUEST, "unauthorized_client", description)
    }

    pub fn unsupported_grant_type() -> Self {
        Self::named(StatusCode::BAD_REQUEST, "unsupported_grant_type", "this grant type is not supported")
    }

    pub fn invalid_scope(description: impl Into<Cow<'static, str>>) -> Self {
        Self::named(StatusCode::BAD_REQUEST, "invalid_scope", description)
    }

    /// RFC 7009 §2.2.1, of revocation.
    pub fn unsupported_token_type() -> Self {
        Self::named(StatusCode::BAD_REQUEST, "unsupported_token_type", "tokens of this type cannot be revoked")
    }

    /// Why it happened, for the log.
    #[must_use]
    pub fn caused_by(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(self.0.caused_by(cause))
    }

    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The `error` parameter.
    pub fn error(&self) -> &'static str {
        self.0.code()
    }

    /// The same facts; on the app plane, where nobody should return this, they are a problem like any other.
    pub(crate) fn as_problem(&self) -> &Problem {
        &self.0
    }

    fn named(status: StatusCode, error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self(Problem::new(status, error, "The protocol request was refused").detail(description))
    }
}

/// What the protocol has no name for: a full server, a database that is away.
impl From<Problem> for OAuthError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        self.0.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.0.render(Plane::Protocol, None)
    }
}

/// The `error` of an answer: the name that RFC 6749 §5.2 or RFC 7009 gives it, or else the nearest by its status.
/// `server_error` and `temporarily_unavailable` are borrowed from §4.1.2.1, as §5.2 has no word for either.
pub(super) fn error_name(problem: &Problem) -> &'static str {
    const NAMED: [&str; 7] = [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "unsupported_token_type",
    ];
    if NAMED.contains(&problem.code()) {
        return problem.code();
    }
    match problem.status() {
        StatusCode::UNAUTHORIZED => "invalid_client",
        StatusCode::FORBIDDEN => "unauthorized_client",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
        status if status.is_client_error() => "invalid_request",
        _ => "server_error",
    }
}

/// `error_description` may hold only %x20-21 / %x23-5B / %x5D-7E (RFC 6749 §5.2): no quote, no backslash, no newline.
pub(super) fn description(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='!' | '#'..='[' | ']'..='~') { c } else { '\'' }).collect()
}
