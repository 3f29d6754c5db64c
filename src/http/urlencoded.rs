//! `application/x-www-form-urlencoded`, read strictly: forms, query strings, and the two halves of HTTP Basic as
//! RFC 6749 §2.3.1 encodes them. A percent sign without two digits, bytes that are not UTF-8, a control character and a
//! name that is there twice are mistakes, not something to guess at.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};

/// The largest form of the protocol has nine parameters; the rest is room for extensions that are ignored.
const MOST_PARAMETERS: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("the percent-encoding is broken or not UTF-8")]
    Encoding,
    #[error("a control character is not allowed")]
    ControlCharacter,
    #[error("there are more than {MOST_PARAMETERS} parameters")]
    TooMany,
    /// RFC 6749 §3.1 and §3.2: parameters must not be included more than once.
    #[error("a parameter is repeated")]
    Repeated,
}

/// A name and its value.
pub(super) type Pair<'e> = (Cow<'e, str>, Cow<'e, str>);

/// The parameters in their order. One without a value is treated as if it were not there (RFC 6749 §3.1 and §3.2), but
/// counts as a repetition. Nothing is copied that needs no decoding.
pub(super) fn pairs(encoded: &[u8]) -> Result<Vec<Pair<'_>>, Malformed> {
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    let ends = memchr_iter(b'&', encoded).chain([encoded.len()]);
    let mut start = 0;
    for end in ends {
        let pair = encoded.get(start..end).unwrap_or_default();
        start = end + 1;
        if pair.is_empty() {
            continue;
        }
        if pairs.len() == MOST_PARAMETERS {
            return Err(Malformed::TooMany);
        }
        let (name, value) = match memchr(b'=', pair).and_then(|at| pair.split_at_checked(at)) {
            Some((name, value)) => (name, value.get(1..).unwrap_or_default()),
            None => (pair, [].as_slice()),
        };
        let (name, value) = (decode(name)?, decode(value)?);
        // So few that looking through them is quicker than hashing them.
        if pairs.iter().any(|(earlier, _)| *earlier == name) {
            return Err(Malformed::Repeated);
        }
        pairs.push((name, value));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    Ok(pairs)
}

/// One name or value.
pub(super) fn decode(encoded: &[u8]) -> Result<Cow<'_, str>, Malformed> {
    let text = if memchr2(b'+', b'%', encoded).is_none() {
        Cow::Borrowed(str::from_utf8(encoded).map_err(|_| Malformed::Encoding)?)
    } else {
        Cow::Owned(String::from_utf8(unescaped(encoded)?).map_err(|_| Malformed::Encoding)?)
    };
    // A fold, because the compiler turns it into wide instructions: a token has some seven hundred bytes. Control
    // characters beyond ASCII are U+0080 to U+009F, which begin with C2.
    let suspect = text.bytes().fold(false, |found, byte| found | (byte.is_ascii_control() || byte == 0xc2));
    if suspect && text.chars().any(char::is_control) { Err(Malformed::ControlCharacter) } else { Ok(text) }
}

fn unescaped(encoded: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.iter();
    while let Some(&byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => digit(bytes.next())? << 4 | digit(bytes.next())?,
            byte => byte,
        });
    }
    Ok(decoded)
}

fn digit(byte: Option<&u8>) -> Result<u8, Malformed> {
    let value = byte.and_then(|&byte| char::from(byte).to_digit(16)).ok_or(Malformed::Encoding)?;
    u8::try_from(value).map_err(|_| Malformed::Encoding)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_values_are_decoded_and_empty_ones_left_out() {
        let found = pairs("grant_type=client%5Fcredentials&scope=a+b&empty=&bare&%C3%A9=%c3%a9&&x=1=2".as_bytes());
        let expected = [("grant_type", "client_credentials"), ("scope", "a b"), ("é", "é"), ("x", "1=2")];
        assert_eq!(found.unwrap(), expected.map(|(name, value)| (name.into(), value.into())));
    }

    #[test]
    fn what_cannot_be_read_one_way_only_is_refused() {
        for (encoded, flaw) in [
            ("a=%", Malformed::Encoding),
            ("a=%4", Malformed::Encoding),
            ("a=%+4", Malformed::Encoding),
            ("a=%ff", Malformed::Encoding),
            ("a=%00", Malformed::ControlCharacter),
            ("a=%C2%85", Malformed::ControlCharacter),
            ("a=\u{85}", Malformed::ControlCharacter),
            ("a=1&%61=1", Malformed::Repeated),
            ("a=&a=1", Malformed::Repeated),
        ] {
            assert_eq!(pairs(encoded.as_bytes()), Err(flaw), "{encoded}");
        }
        let many = (0..=MOST_PARAMETERS).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(pairs(many.as_bytes()), Err(Malformed::TooMany));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            if let Ok(pairs) = pairs(&bytes) {
                prop_assert!(pairs.len() <= MOST_PARAMETERS);
            }
        }
    }
}
