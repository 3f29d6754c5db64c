//! `traceparent` of W3C Trace Context, level 1: only read, and recorded on the request's span.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// `00-` + 32 + `-` + 16 + `-` + 2; a later version may append more after another `-`.
const LENGTH_BYTES: usize = 55;
/// Longest value that is looked at; a later version's tail is ignored anyway.
const LONGEST_BYTES: usize = 256;

/// Who called, in whose trace. Both are lower-case hex, not all zero.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TraceParent<'a> {
    /// 32 digits.
    pub trace_id: &'a str,
    /// 16 digits: the caller's span.
    pub parent_id: &'a str,
}

impl<'a> TraceParent<'a> {
    /// `None` when the header is absent or there twice: then it is ignored (§3.2.2.5 and §4.3).
    pub(super) fn header(headers: &HeaderMap) -> Option<&HeaderValue> {
        let mut brought = headers.get_all(TRACEPARENT);
        brought.next().filter(|_| brought.next().is_none())
    }

    /// `None` when it is not valid: then it is ignored too.
    pub(super) fn of_header(header: &'a HeaderValue) -> Option<Self> {
        Self::parse(header.to_str().ok()?)
    }

    fn parse(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST_BYTES {
            return None;
        }
        let (known, tail) = text.split_at_checked(LENGTH_BYTES)?;
        let mut parts = known.split('-');
        let (version, trace_id) = (hex(parts.next(), 2)?, hex(parts.next(), 32)?);
        let (parent_id, _flags) = (hex(parts.next(), 16)?, hex(parts.next(), 2)?);
        let tail_fits = tail.is_empty() || (version != "00" && tail.starts_with('-'));
        let names_somebody = [trace_id, parent_id].iter().all(|id| id.bytes().any(|digit| digit != b'0'));
        (parts.next().is_none() && version != "ff" && tail_fits && names_somebody)
            .then_some(Self { trace_id, parent_id })
    }
}

/// The part, if it is so many lower-case hex digits.
fn hex(part: Option<&str>, digits: usize) -> Option<&str> {
    part.filter(|part| part.len() == digits && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_example_of_the_standard_is_read() {
        let parent = TraceParent::parse(VALID).unwrap();
        assert_eq!((parent.trace_id, parent.parent_id), ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"));
        assert!(TraceParent::parse(&VALID.replacen("00", "cc", 1)).is_some());
        assert!(TraceParent::parse(&format!("cc{}-more", &VALID[2..])).is_some());
    }

    #[test]
    fn what_is_not_valid_is_ignored() {
        let zero = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        let no_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01";
        let forbidden = VALID.replacen("00", "ff", 1);
        let (longer, upper) = (format!("{VALID}-more"), VALID.to_uppercase());
        for text in ["", "00", zero, no_parent, &forbidden, &longer, &upper, &VALID[..54], &"é".repeat(40)] {
            assert_eq!(TraceParent::parse(text), None, "{text}");
        }
    }
}
