//! The credential of the app plane: `Authorization: Bearer <access token>` (RFC 6750 §2.1), and no other place.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use secrecy::{ExposeSecret, SecretString};

use super::problem::Problem;

/// An access token with every role and permission there is stays under 4 KiB; the rest is room for a proxy's own.
const LONGEST_BYTES: usize = 8 * 1024;

/// A token as it was brought: well-formed, and verified by nobody yet. `Debug` shows nothing of it.
///
/// Not to be asked for as `Option<BearerToken>`: actix makes `None` of every error, so garbage would pass as nothing.
/// Where a credential is optional, [`BearerToken::brought`] tells the two apart.
#[derive(Clone, Debug)]
pub struct BearerToken(SecretString);

impl BearerToken {
    /// `None` when there is no `Authorization` at all.
    ///
    /// # Errors
    /// 401 when there is one and it is anything but a single well-formed bearer token.
    pub fn brought(request: &HttpRequest) -> Result<Option<Self>, Problem> {
        let mut brought = request.headers().get_all(AUTHORIZATION);
        let Some(first) = brought.next() else { return Ok(None) };
        let only = Some(first).filter(|value| brought.next().is_none() && value.len() <= LONGEST_BYTES);
        let token = only.and_then(|value| value.to_str().ok()).and_then(token);
        token.map(|token| Some(Self(token.into()))).ok_or_else(Problem::invalid_token)
    }
}

impl ExposeSecret<str> for BearerToken {
    fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

/// `Bearer` in any case, spaces, `b64token`.
fn token(credentials: &str) -> Option<&str> {
    let (scheme, rest) = credentials.split_once(' ')?;
    let token = rest.trim_matches(' ');
    let body = token.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    let well_formed = !body.is_empty() && body.bytes().all(allowed);
    (scheme.eq_ignore_ascii_case("bearer") && well_formed).then_some(token)
}

impl FromRequest for BearerToken {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::brought(request).and_then(|token| token.ok_or_else(Problem::not_authenticated)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    fn brought(values: &[&[u8]]) -> Result<Option<String>, &'static str> {
        let mut request = TestRequest::default();
        for value in values {
            let Ok(value) = HeaderValue::from_bytes(value) else { return Ok(None) };
            request = request.append_header((AUTHORIZATION, value));
        }
        let token = BearerToken::brought(&request.to_http_request());
        token.map(|token| token.map(|token| token.expose_secret().to_owned())).map_err(|problem| problem.code())
    }

    #[test]
    fn one_well_formed_token_is_taken() {
        assert_eq!(brought(&[b"Bearer a.b-c_d~e+f/g=="]), Ok(Some("a.b-c_d~e+f/g==".to_owned())));
        assert_eq!(brought(&[b"bEARER   a"]), Ok(Some("a".to_owned())));
        assert_eq!(brought(&[]), Ok(None));
        assert!(!format!("{:?}", BearerToken("abcdef".into())).contains("abc"));
    }

    #[test]
    fn anything_else_is_refused_and_never_taken_for_nothing() {
        let long = format!("Bearer {}", "a".repeat(LONGEST_BYTES));
        let cases: [&[&[u8]]; 9] = [
            &[b""],
            &[b"Bearer"],
            &[b"Bearer "],
            &[b"Bearer =="],
            &[b"Bearer a b"],
            &[b"Bearer a=b"],
            &[b"Basic YTpi"],
            &[b"Bearer a", b"Bearer a"],
            &[long.as_bytes()],
        ];
        for case in cases {
            assert_eq!(brought(case), Err("not_authenticated"), "{case:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = brought(&[&bytes]);
            let _ = brought(&[&[b"Bearer ", &bytes[..]].concat()]);
        }
    }
}
