//! What the client says that it is: shown to people in the list of their sessions, believed by nobody.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpRequest};

/// As much as the column holds; browsers send about 120 bytes.
pub const LONGEST_BYTES: usize = 512;

/// Without control characters, at most [`LONGEST_BYTES`] of UTF-8; `None` when nothing is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAgent(pub Option<String>);

impl UserAgent {
    pub fn of(request: &HttpRequest) -> Self {
        Self(request.headers().get(USER_AGENT).and_then(|value| cleaned(value.as_bytes())))
    }
}

fn cleaned(bytes: &[u8]) -> Option<String> {
    // Dropping characters can only shorten, so four times the limit is enough to look at, and bounds the work.
    let looked_at = bytes.get(..LONGEST_BYTES * 4).unwrap_or(bytes);
    let mut text = String::new();
    for character in String::from_utf8_lossy(looked_at).chars().filter(|character| !character.is_control()) {
        if text.len() + character.len_utf8() > LONGEST_BYTES {
            break;
        }
        text.push(character);
    }
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl FromRequest for UserAgent {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_go_and_the_end_is_a_whole_character() {
        assert_eq!(cleaned(b" Mozilla\t/5.0\x7f\xc2\x85 "), Some("Mozilla/5.0".to_owned()));
        assert_eq!(cleaned(b"\x01\x02"), None);
        assert_eq!(cleaned("é".repeat(300).as_bytes()).unwrap(), "é".repeat(256));
        assert_eq!(cleaned(format!("a{}", "é".repeat(300)).as_bytes()).unwrap().len(), 511);
    }

    proptest! {
        #[test]
        fn any_bytes_become_clean_text(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
            if let Some(text) = cleaned(&bytes) {
                prop_assert!(text.len() <= LONGEST_BYTES && !text.chars().any(char::is_control));
            }
        }
    }
}
