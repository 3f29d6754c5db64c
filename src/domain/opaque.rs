//! How tokens that mean nothing to their bearer are written: a prefix that names the kind, then base64url without
//! padding. Each has exactly one spelling, so a token can be compared, hashed or searched for as text; the prefix lets
//! a scanner find one that was left in a repository or a log.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use zeroize::Zeroizing;

/// A text that is no token of the kind in question, or not in its one spelling. It may be one of another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no token of the kind that belongs here")]
pub struct NotAToken;

const fn encoded_chars(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

pub(super) fn spell(prefix: &str, bytes: &[u8]) -> SecretString {
    // The exact capacity: a string that grows, or shrinks to fit, leaves copies of itself in freed memory.
    let mut text = String::with_capacity(prefix.len() + encoded_chars(bytes.len()));
    text.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    SecretString::from(text)
}

/// The `length` bytes in `text`. Padding, white space, the other base64 alphabet and trailing bits that are not zero
/// are refused.
pub(super) fn read(prefix: &str, text: &str, length: usize) -> Result<Zeroizing<Vec<u8>>, NotAToken> {
    let encoded = text.strip_prefix(prefix).ok_or(NotAToken)?;
    // Before anything is allocated: who sends a megabyte gets no work out of it.
    if encoded.len() != encoded_chars(length) {
        return Err(NotAToken);
    }
    URL_SAFE_NO_PAD.decode(encoded).map(Zeroizing::new).map_err(|_| NotAToken)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    /// Every text that differs from `text` in one character: another one in its place (of the alphabet and beyond),
    /// one missing, one more.
    pub(in super::super) fn near_misses(text: &str) -> Vec<String> {
        let others = "AZaz09-_+/=. \n\0éabcdefghijklmnopqrstuvwxyBCDEFGHIJKLMNOPQRSTUVWXY12345678";
        let mut near = Vec::new();
        for (place, own) in text.char_indices() {
            let (before, after) = (&text[..place], &text[place + own.len_utf8()..]);
            near.push(format!("{before}{after}"));
            near.extend(others.chars().map(|other| format!("{before}{other}{own}{after}")));
            near.extend(others.chars().filter(|other| *other != own).map(|other| format!("{before}{other}{after}")));
        }
        near.extend(others.chars().map(|other| format!("{text}{other}")));
        near
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn there_is_one_spelling(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let text = spell("p_", &bytes);
            let text = text.expose_secret();
            prop_assert_eq!(&**read("p_", text, bytes.len()).unwrap(), &bytes[..]);
            prop_assert!(read("q_", text, bytes.len()).is_err());
            for near in near_misses(text) {
                if let Ok(read) = read("p_", &near, bytes.len()) {
                    prop_assert_ne!(&**read, &bytes[..], "{} and {}", near, text);
                }
            }
        }
    }
}
