//! `application/x-www-form-urlencoded`, read strictly: forms, query strings, and the two halves of HTTP Basic as
//! RFC 6749 §2.3.1 encodes them. A percent sign without two digits, bytes that are not UTF-8, a control character and a
//! name that is there twice are mistakes, not something to guess at.

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

/// The parameters in their order. One without a value is treated as if it were not there (RFC 6749 §3.1 and §3.2), but
/// counts as a repetition.
pub(super) fn pairs(encoded: &[u8]) -> Result<Vec<(String, String)>, Malformed> {
    let (mut pairs, mut names) = (Vec::new(), Vec::new());
    for (index, pair) in encoded.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).enumerate() {
        if index == MOST_PARAMETERS {
            return Err(Malformed::TooMany);
        }
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        // So few that looking through them is quicker than hashing them.
        if names.contains(&name) {
            return Err(Malformed::Repeated);
        }
        names.push(name.clone());
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    Ok(pairs)
}

/// One name or value.
pub(super) fn decode(encoded: &[u8]) -> Result<String, Malformed> {
    let plain = encoded.iter().fold(true, |plain, byte| plain & !matches!(byte, b'+' | b'%'));
    let decoded = if plain { encoded.to_vec() } else { unescaped(encoded)? };
    let text = String::from_utf8(decoded).map_err(|_| Malformed::Encoding)?;
    // Folds, because the compiler turns them into wide instructions: a token has some seven hundred bytes.
    let controlled = if text.is_ascii() {
        text.bytes().fold(false, |found, byte| found | byte.is_ascii_control())
    } else {
        text.chars().any(char::is_control)
    };
    if controlled { Err(Malformed::ControlCharacter) } else { Ok(text) }
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
        assert_eq!(found.unwrap(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_cannot_be_read_one_way_only_is_refused() {
        for (encoded, flaw) in [
            ("a=%", Malformed::Encoding),
            ("a=%4", Malformed::Encoding),
            ("a=%+4", Malformed::Encoding),
            ("a=%ff", Malformed::Encoding),
            ("a=%00", Malformed::ControlCharacter),
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
