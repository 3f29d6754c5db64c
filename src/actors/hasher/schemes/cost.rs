//! What a hash costs in the units of admission: one KiB of Argon2id memory in one pass.
//!
//! The figures are ratios, measured on one thread of x86-64 with AVX-512 and SHA extensions beside Argon2id with m=19456,
//! t=2 by the fast backend (`measure_the_schemes` in the tests beside this prints them), and rounded up: a wait that is predicted too long refuses a little early, one that is
//! predicted too short lets requests in that end as late. The pace of admission learns the rest.

use crate::domain::password::stored_hash::{Argon2Variant, Argon2Version, Pbkdf2Digest, StoredHash};

/// Argon2 of other kinds is computed by the reference implementation.
const REFERENCE_ARGON2: u64 = 3;
/// A KiB of scrypt is written and read again, with Salsa20/8.
const SCRYPT_KIB: u64 = 12;
/// A thousand rounds of PBKDF2.
const PBKDF2_SHA1_KILOROUND: u64 = 2_000;
const PBKDF2_SHA256_KILOROUND: u64 = 2_000;
const PBKDF2_SHA512_KILOROUND: u64 = 5_000;
/// One round of bcrypt expands the key twice.
const BCRYPT_ROUND: u64 = 400;

pub fn units(stored: &StoredHash) -> u64 {
    match stored {
        StoredHash::Argon2(hash) => match (hash.variant, hash.version) {
            (Argon2Variant::Id, Argon2Version::V19) => hash.params.units(),
            (Argon2Variant::Id | Argon2Variant::I | Argon2Variant::D, _) => hash.params.units() * REFERENCE_ARGON2,
        },
        StoredHash::Scrypt(hash) => hash.work_kib() * SCRYPT_KIB,
        StoredHash::Pbkdf2(hash) => {
            let kiloround = match hash.digest {
                Pbkdf2Digest::Sha1 => PBKDF2_SHA1_KILOROUND,
                Pbkdf2Digest::Sha256 => PBKDF2_SHA256_KILOROUND,
                Pbkdf2Digest::Sha512 => PBKDF2_SHA512_KILOROUND,
            };
            (hash.rounds() * kiloround).div_ceil(1_000)
        }
        StoredHash::Bcrypt(hash) => BCRYPT_ROUND << hash.log_rounds,
    }
}
