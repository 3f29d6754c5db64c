//! PBKDF2 by aws-lc, which has it in assembly.

use aws_lc_rs::pbkdf2;

use crate::domain::password::stored_hash::{Pbkdf2Digest, Pbkdf2Hash};

pub fn matches(hash: &Pbkdf2Hash, password: &[u8]) -> bool {
    let algorithm = match hash.digest {
        Pbkdf2Digest::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Pbkdf2Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Pbkdf2Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    // It compares in constant time.
    pbkdf2::verify(algorithm, hash.iterations, &hash.salted.salt, password, &hash.salted.tag).is_ok()
}
