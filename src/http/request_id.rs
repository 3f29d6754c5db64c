//! The name of one request, in every log line and answer that belongs to it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::problem::Problem;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A UUID has 36 bytes; 64 leaves room for a proxy's own scheme and keeps log lines short.
const LONGEST_BYTES: usize = 64;

/// `[A-Za-z0-9._-]{1,64}`: nothing that could forge a log line or a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    /// Zeroes past the length.
    bytes: [u8; LONGEST_BYTES],
    length: usize,
}

impl RequestId {
    /// The client's own, if there is exactly one and it is well-formed; else a new one.
    pub(super) fn of_headers(headers: &HeaderMap) -> Self {
        let mut brought = headers.get_all(X_REQUEST_ID);
        let only = brought.next().filter(|_| brought.next().is_none());
        only.and_then(|value| value.to_str().ok())
            .filter(|id| is_well_formed(id))
            .map_or_else(|| Self::of(Uuid::now_v7().hyphenated().encode_lower(&mut Uuid::encode_buffer())), Self::of)
    }

    /// `text`: well-formed.
    fn of(text: &str) -> Self {
        let mut id = Self { bytes: [0; LONGEST_BYTES], length: text.len().min(LONGEST_BYTES) };
        id.bytes.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        id
    }

    pub fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    pub(super) fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(self.as_str()).ok()
    }
}

fn is_well_formed(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST_BYTES).contains(&id.len()) && id.bytes().all(allowed)
}

/// Handlers get it from the edge, for the audit trail.
impl FromRequest for RequestId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let made = request.extensions().get::<Self>().copied();
        ready(Ok(made.unwrap_or_else(|| Self::of_headers(request.headers()))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn id_for(values: &[&[u8]]) -> String {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((X_REQUEST_ID, HeaderValue::from_bytes(value).unwrap()));
        }
        RequestId::of_headers(request.to_http_request().headers()).as_str().to_owned()
    }

    #[test]
    fn a_well_formed_id_is_kept() {
        assert_eq!(id_for(&[b"a.B_c-9"]), "a.B_c-9");
        assert_eq!(id_for(&[&[b'x'; 64]]), "x".repeat(64));
    }

    #[test]
    fn anything_else_is_replaced_by_a_uuid() {
        let too_long = [b'x'; 65];
        let cases: [&[&[u8]]; 7] = [&[], &[b""], &[&too_long], &[b"a b"], &[b"\xff"], &[b"\"}"], &[b"one", b"two"]];
        for values in cases {
            let id = id_for(values);
            assert_eq!(Uuid::parse_str(&id).unwrap().get_version_num(), 7, "{values:?}");
        }
    }
}
