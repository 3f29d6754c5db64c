//! bcrypt: `$2b$12$` with 22 characters of salt and 31 of tag; Django's `bcrypt$…` and `bcrypt_sha256$…`, passlib's
//! `$bcrypt-sha256$v=2,t=2b,r=12$salt$tag`.
//!
//! `$2a$`, `$2b$` and `$2y$` are computed alike today; the faults that told them apart are in implementations that are
//! long gone. `$2x$` marks hashes that were made by one of those, and is not read.

use std::fmt;

use super::StoredHashError;
use super::text::{bcrypt_base64, fields, number};

/// The most rounds are 2 to this: some two seconds of one thread. Defaults are 10 to 12.
pub const MAX_LOG_ROUNDS: u32 = 15;
/// bcrypt knows no fewer.
const LEAST_LOG_ROUNDS: u32 = 4;
/// What bcrypt reads of a key. Every implementation that is met leaves the rest of a password away, so a verifier has to
/// as well.
pub const KEY_BYTES_MAX: usize = 72;
const SALT_CHARACTERS: usize = 22;
const TAG_CHARACTERS: usize = 31;

/// What is done with a password before bcrypt reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prehash {
    None,
    /// Django: the SHA-256 in hexadecimal.
    Sha256Hex,
    /// passlib: the HMAC-SHA256 under the salt as it is written, in base64.
    HmacSha256Base64 {
        key: String,
    },
}

#[derive(Clone)]
pub struct BcryptHash {
    pub log_rounds: u32,
    pub salt: [u8; 16],
    pub tag: [u8; 23],
    pub prehash: Prehash,
}

impl BcryptHash {
    fn new(log_rounds: u32, salt: &str, tag: &str, prehash: Prehash) -> Result<Self, StoredHashError> {
        if log_rounds < LEAST_LOG_ROUNDS {
            return Err(StoredHashError::Malformed("bcrypt has 2⁴ rounds at least"));
        }
        let (salt, tag) = (bcrypt_base64(salt)?, bcrypt_base64(tag)?);
        if log_rounds > MAX_LOG_ROUNDS {
            return Err(StoredHashError::TooExpensive("more than 2¹⁵ rounds of bcrypt"));
        }
        Ok(Self { log_rounds, salt, tag, prehash })
    }

    /// The whole `$2b$12$…`.
    pub(super) fn crypt(text: &str, prehash: Prehash) -> Result<Self, StoredHashError> {
        let ["", "2a" | "2b" | "2y", rounds, salt_and_tag] = fields(text)? else {
            return Err(StoredHashError::UnknownScheme);
        };
        let wrong = StoredHashError::Malformed("it is no bcrypt hash of 60 characters");
        // The one number that is written with a leading zero.
        let rounds = (rounds.len() == 2).then(|| rounds.strip_prefix('0').unwrap_or(rounds)).ok_or(wrong)?;
        let (salt, tag) = salt_and_tag.split_at_checked(SALT_CHARACTERS).ok_or(wrong)?;
        if tag.len() != TAG_CHARACTERS {
            return Err(wrong);
        }
        Self::new(number(rounds)?, salt, tag, prehash)
    }

    /// After `$bcrypt-sha256$`; its version 2, which passlib has written since 1.7.3.
    pub(super) fn passlib(rest: &str) -> Result<Self, StoredHashError> {
        let [costs, salt, tag] = fields(rest)?;
        let rounds = costs.strip_prefix("v=2,t=2b,r=").ok_or(StoredHashError::UnknownScheme)?;
        let prehash = Prehash::HmacSha256Base64 { key: salt.to_owned() };
        Self::new(number(rounds)?, salt, tag, prehash)
    }
}

impl fmt::Debug for BcryptHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BcryptHash {{ log_rounds: {} }}", self.log_rounds)
    }
}
