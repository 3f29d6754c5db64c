//! Requests, made once and asked often.

use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

pub type Request = hyper::Request<Full<Bytes>>;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Added to a request as they are needed.
pub trait With {
    /// On behalf of this address.
    fn on_behalf_of(self, address: Ipv4Addr) -> Self;
    fn bearer(self, token: &str) -> Self;
    fn basic(self, id: &str, secret: &str) -> Self;
}

impl With for Request {
    fn on_behalf_of(self, address: Ipv4Addr) -> Self {
        with_header(self, FORWARDED_FOR, address.to_string())
    }

    fn bearer(self, token: &str) -> Self {
        with_header(self, AUTHORIZATION, format!("Bearer {token}"))
    }

    fn basic(self, id: &str, secret: &str) -> Self {
        with_header(self, AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
    }
}

/// What cannot be a header is left out; the server's answer then tells.
fn with_header(mut request: Request, name: HeaderName, value: String) -> Request {
    if let Ok(value) = HeaderValue::try_from(value) {
        request.headers_mut().insert(name, value);
    }
    request
}

pub fn get(path: &str) -> Request {
    request(Method::GET, path, Bytes::new())
}

pub fn post_json(path: &str, body: &Value) -> Request {
    let mut request = request(Method::POST, path, Bytes::from(body.to_string()));
    request.headers_mut().insert(CONTENT_TYPE, JSON);
    request
}

pub fn post_form(path: &str, fields: &[(&str, &str)]) -> Request {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let mut request = request(Method::POST, path, Bytes::from(pairs.join("&")));
    request.headers_mut().insert(CONTENT_TYPE, FORM);
    request
}

fn request(method: Method, path: &str, body: Bytes) -> Request {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    // Paths are the program's own; one that is none becomes `/`, whose answer is a 404.
    *request.uri_mut() = Uri::try_from(path).unwrap_or_default();
    request
}
