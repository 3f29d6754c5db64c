//! What every answer tells a browser, the error pages of the frame included.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::plane::Plane;

/// An answer is data: a browser that is made to show it loads nothing, frames nothing and submits nothing. A handler
/// that serves HTML sets a policy of its own, which then stands.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const EVERYWHERE: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Nearly every answer holds a token or personal data; what may be cached (the JWKS, the pages) says so itself.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds what the handler has not set itself.
pub(super) fn complete(headers: &mut HeaderMap, plane: Plane) {
    for (name, value) in EVERYWHERE {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    // RFC 6749 §5.1 demands it of token responses, for caches of HTTP/1.0.
    if plane == Plane::Protocol {
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    }
}
