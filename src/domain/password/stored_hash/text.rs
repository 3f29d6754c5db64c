//! The small grammar that all stored hashes share: fields between dollar signs, numbers, and bytes as text.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};

use super::StoredHashError;

/// Padded or not: Django pads, PHC and passlib do not.
const EITHER: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(EITHER_MODE));
const EITHER_MODE: DecodePaddingMode = DecodePaddingMode::Indifferent;
/// Bits past the last byte are let through: older writers left them as chance had it, and every verifier ignores them.
const BCRYPT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::BCRYPT, general_purpose::NO_PAD.with_decode_allow_trailing_bits(true));

/// Exactly so many fields.
pub fn fields<const COUNT: usize>(text: &str) -> Result<[&str; COUNT], StoredHashError> {
    let wrong = StoredHashError::Malformed("it has too many or too few parts between its dollar signs");
    let mut parts = text.split('$');
    let mut fields = [""; COUNT];
    for field in &mut fields {
        *field = parts.next().ok_or(wrong)?;
    }
    if parts.next().is_some() { Err(wrong) } else { Ok(fields) }
}

/// In the one way that a number is written: no sign, no leading zero. What is too large for 32 bits is too expensive for
/// every cost there is.
pub fn number(text: &str) -> Result<u32, StoredHashError> {
    let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if text.is_empty() || !is_canonical {
        return Err(StoredHashError::Malformed("one of its costs is no number"));
    }
    text.parse().map_err(|_| StoredHashError::TooExpensive("one of its costs is beyond any bound"))
}

/// Each parameter once, in this order and nothing else: of two `m`s one would be checked and the other computed.
pub fn parameters<const COUNT: usize>(text: &str, names: [&str; COUNT]) -> Result<[u32; COUNT], StoredHashError> {
    let wrong = StoredHashError::Malformed("its parameters are not those of its scheme, in their order");
    let mut written = text.split(',');
    let mut values = [0; COUNT];
    for (value, name) in values.iter_mut().zip(names) {
        let (key, digits) = written.next().and_then(|pair| pair.split_once('=')).ok_or(wrong)?;
        if key != name {
            return Err(wrong);
        }
        *value = number(digits)?;
    }
    if written.next().is_some() { Err(wrong) } else { Ok(values) }
}

pub fn base64(text: &str) -> Result<Vec<u8>, StoredHashError> {
    EITHER.decode(text).map_err(|_| StoredHashError::Malformed("its salt or tag is not base64"))
}

/// passlib's: a dot where base64 has a plus.
pub fn base64_with_dots(text: &str) -> Result<Vec<u8>, StoredHashError> {
    base64(&text.replace('.', "+"))
}

/// bcrypt's own order of the alphabet.
pub fn bcrypt_base64<const COUNT: usize>(text: &str) -> Result<[u8; COUNT], StoredHashError> {
    let wrong = StoredHashError::Malformed("its salt or tag is not bcrypt's base64");
    BCRYPT.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(wrong)
}

pub fn hex(text: &str) -> Result<Vec<u8>, StoredHashError> {
    let wrong = StoredHashError::Malformed("its tag is not hexadecimal");
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(wrong);
    if !text.len().is_multiple_of(2) {
        return Err(wrong);
    }
    text.as_bytes().chunks_exact(2).map(|pair| Ok(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
