//! A problem as bytes: one form a plane, never both.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use serde::Serialize;

use super::{FieldError, Problem, frame, oauth};
use crate::http::plane::Plane;
use crate::http::request_id::RequestId;

/// How client authentication is challenged (RFC 6749 §5.2, RFC 7617).
const BASIC: HeaderValue = HeaderValue::from_static(r#"Basic realm="keystead", charset="UTF-8""#);

/// The wait that a 429 or 503 names when nobody knew a better one, and the least that any names.
const LEAST_RETRY_AFTER_SECONDS: u64 = 1;

/// RFC 9457 §3, with the members of our own after the standard ones.
#[derive(Serialize)]
struct ProblemDetails<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
}

/// RFC 6749 §5.2.
#[derive(Serialize)]
struct ProtocolError<'a> {
    error: &'a str,
    error_description: String,
}

impl Problem {
    pub(crate) fn render(&self, plane: Plane, request_id: Option<&RequestId>) -> HttpResponse {
        let mut response = match plane {
            Plane::App => self.as_problem_details(request_id),
            Plane::Protocol => self.as_protocol_error(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in &self.0.headers {
            headers.insert(name.clone(), value.clone());
        }
        // The protocol plane knows one challenge, whatever an extractor of the app plane had in mind.
        let challenged = headers.contains_key(header::WWW_AUTHENTICATE);
        match plane {
            Plane::App if self.0.status == StatusCode::UNAUTHORIZED && !challenged => {
                headers.insert(header::WWW_AUTHENTICATE, frame::BEARER);
            }
            Plane::Protocol if self.0.status == StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, BASIC);
            }
            Plane::Protocol => {
                headers.remove(header::WWW_AUTHENTICATE);
            }
            Plane::App => {}
        }
        // The rest of the body is not waited for, so nothing more can be read from this connection.
        if matches!(self.0.status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        response
    }

    fn as_problem_details(&self, request_id: Option<&RequestId>) -> HttpResponse {
        let details = ProblemDetails {
            r#type: format!("urn:keystead:problem:{}", self.0.code),
            title: self.0.title,
            status: self.0.status.as_u16(),
            detail: self.0.detail.as_deref(),
            code: self.0.code,
            request_id: request_id.map(RequestId::as_str),
            errors: &self.0.errors,
            retry_after_s: self.retry_after_seconds(),
        };
        HttpResponse::build(self.0.status).content_type("application/problem+json").json(details)
    }

    fn as_protocol_error(&self) -> HttpResponse {
        let error_description = oauth::description(self.0.detail.as_deref().unwrap_or(self.0.title));
        HttpResponse::build(self.0.status)
            .insert_header((header::PRAGMA, "no-cache"))
            .json(ProtocolError { error: oauth::error_name(self), error_description })
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        let named = self.0.retry_after.map(|wait| wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)));
        let owed = matches!(self.0.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        named.or(owed.then_some(0)).map(|seconds| seconds.max(LEAST_RETRY_AFTER_SECONDS))
    }
}
