//! bcrypt, of a password as it is or of its SHA-256.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::domain::password::stored_hash::{BcryptHash, KEY_BYTES_MAX, Prehash};

/// Bytes of a password past the 72nd are left away, as the system that made the hash did.
///
/// A password with a NUL byte is never right where bcrypt reads it as it is: a NUL ends the key, after which it begins
/// again, so `a` and `a NUL a` are one key, and the systems that made such hashes refused it.
pub fn matches(hash: &BcryptHash, password: &[u8]) -> bool {
    let (key, is_possible) = match &hash.prehash {
        Prehash::None => (Zeroizing::new(password.to_vec()), !password.contains(&0)),
        Prehash::Sha256Hex => (hex(digest::digest(&digest::SHA256, password).as_ref()), true),
        Prehash::HmacSha256Base64 { key } => {
            let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), password);
            (Zeroizing::new(STANDARD.encode(mac).into_bytes()), true)
        }
    };
    // Computed in any case, so that the time does not tell.
    let mut terminated = Zeroizing::new([0; KEY_BYTES_MAX]);
    let length = key.len().min(KEY_BYTES_MAX);
    terminated[..length].copy_from_slice(&key[..length]);
    // A key that fills all 72 bytes has no NUL at its end.
    let used = (length + 1).min(KEY_BYTES_MAX);
    let computed = Zeroizing::new(::bcrypt::bcrypt(hash.log_rounds, hash.salt, &terminated[..used]));
    // Of its 24 bytes every implementation writes 23.
    let is_equal: bool = computed[..hash.tag.len()].ct_eq(&hash.tag).into();
    is_equal && is_possible
}

fn hex(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Zeroizing::new(digits.map(|digit| b"0123456789abcdef"[usize::from(digit)]).collect())
}
