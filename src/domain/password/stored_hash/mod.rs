//! Stored password hashes, of this system and of those that people come from, read as numbers.
//!
//! Nothing is computed here. A text from a database or a dump says by itself what it costs to verify, and whoever wrote
//! it may mean harm: every cost is compared with a named bound while it is a number. Memory is bounded once more by the
//! hasher, which knows how much there is (`actors/hasher`).

mod argon2;
mod bcrypt;
mod pbkdf2;
mod scrypt;
mod text;

use std::fmt;

pub use self::argon2::{Argon2Hash, Argon2Variant, Argon2Version, HashParams, MAX_LANES, MAX_MEMORY_KIB, MAX_PASSES};
pub use self::bcrypt::{BcryptHash, KEY_BYTES_MAX, MAX_LOG_ROUNDS, Prehash};
pub use self::pbkdf2::{MAX_ROUNDS, Pbkdf2Digest, Pbkdf2Hash};
pub use self::scrypt::{MAX_WORK_KIB, ScryptHash};

/// A longer text is not looked at: the columns hold no more, and the longest real one (Werkzeug's scrypt) has 162.
const TEXT_BYTES_MAX: usize = 512;
/// The longest salt of any system that is read here is passlib's with 16 bytes and Django's with 22; PHC allows 48.
const SALT_BYTES_MAX: usize = 64;
/// A shorter tag is guessed too easily to be a password's: 128 bits are RFC 9106's second choice.
const TAG_BYTES_MIN: usize = 16;
/// What SHA-512 gives, and the longest that PHC allows.
pub const TAG_BYTES_MAX: usize = 64;

/// Why a text is no hash that could be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredHashError {
    #[error("its scheme is none that can be verified here")]
    UnknownScheme,
    #[error("it is malformed: {0}")]
    Malformed(&'static str),
    #[error("it costs more than is allowed: {0}")]
    TooExpensive(&'static str),
}

/// A hash that can be verified, given enough memory.
#[derive(Clone, Debug)]
pub enum StoredHash {
    Argon2(Argon2Hash),
    Scrypt(ScryptHash),
    Pbkdf2(Pbkdf2Hash),
    Bcrypt(BcryptHash),
}

/// What computes the tag; the name that reports use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    Argon2id,
    Argon2i,
    Argon2d,
    Scrypt,
    Pbkdf2Sha1,
    Pbkdf2Sha256,
    Pbkdf2Sha512,
    Bcrypt,
    /// Bcrypt of a SHA-256, which is how Django and passlib get past its 72 bytes.
    BcryptSha256,
}

impl Scheme {
    pub fn name(self) -> &'static str {
        match self {
            Self::Argon2id => "argon2id",
            Self::Argon2i => "argon2i",
            Self::Argon2d => "argon2d",
            Self::Scrypt => "scrypt",
            Self::Pbkdf2Sha1 => "pbkdf2-sha1",
            Self::Pbkdf2Sha256 => "pbkdf2-sha256",
            Self::Pbkdf2Sha512 => "pbkdf2-sha512",
            Self::Bcrypt => "bcrypt",
            Self::BcryptSha256 => "bcrypt-sha256",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl StoredHash {
    /// Reads PHC strings, and the forms of Werkzeug, Django, passlib and the bcrypt family; told apart by how they begin.
    ///
    /// # Errors
    /// [`StoredHashError`]. No text panics or costs more than its length.
    pub fn parse(text: &str) -> Result<Self, StoredHashError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(StoredHashError::Malformed("it has more than 512 characters"));
        }
        if let Some(phc) = text.strip_prefix('$') {
            let (scheme, rest) = phc.split_once('$').ok_or(StoredHashError::UnknownScheme)?;
            return match scheme {
                "argon2id" | "argon2i" | "argon2d" => Argon2Hash::phc(phc).map(Self::Argon2),
                "scrypt" => ScryptHash::phc(rest).map(Self::Scrypt),
                "pbkdf2" | "pbkdf2-sha1" | "pbkdf2-sha256" | "pbkdf2-sha512" => {
                    Pbkdf2Hash::phc(scheme, rest).map(Self::Pbkdf2)
                }
                "2a" | "2b" | "2y" => BcryptHash::crypt(text, Prehash::None).map(Self::Bcrypt),
                "bcrypt-sha256" => BcryptHash::passlib(rest).map(Self::Bcrypt),
                _ => Err(StoredHashError::UnknownScheme),
            };
        }
        let (method, rest) = text.split_once('$').ok_or(StoredHashError::UnknownScheme)?;
        match method.split(':').next().unwrap_or(method) {
            // Django writes its own name of the scheme before what a library gave it.
            "argon2" => Argon2Hash::phc(rest).map(Self::Argon2),
            "bcrypt" => BcryptHash::crypt(rest, Prehash::None).map(Self::Bcrypt),
            "bcrypt_sha256" => BcryptHash::crypt(rest, Prehash::Sha256Hex).map(Self::Bcrypt),
            "pbkdf2_sha1" => Pbkdf2Hash::django(Pbkdf2Digest::Sha1, rest).map(Self::Pbkdf2),
            "pbkdf2_sha256" => Pbkdf2Hash::django(Pbkdf2Digest::Sha256, rest).map(Self::Pbkdf2),
            "scrypt" if rest.split('$').count() == 5 => ScryptHash::django(rest).map(Self::Scrypt),
            "scrypt" => ScryptHash::werkzeug(method, rest).map(Self::Scrypt),
            "pbkdf2" => Pbkdf2Hash::werkzeug(method, rest).map(Self::Pbkdf2),
            _ => Err(StoredHashError::UnknownScheme),
        }
    }

    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Argon2(hash) => match hash.variant {
                Argon2Variant::Id => Scheme::Argon2id,
                Argon2Variant::I => Scheme::Argon2i,
                Argon2Variant::D => Scheme::Argon2d,
            },
            Self::Scrypt(_) => Scheme::Scrypt,
            Self::Pbkdf2(hash) => match hash.digest {
                Pbkdf2Digest::Sha1 => Scheme::Pbkdf2Sha1,
                Pbkdf2Digest::Sha256 => Scheme::Pbkdf2Sha256,
                Pbkdf2Digest::Sha512 => Scheme::Pbkdf2Sha512,
            },
            Self::Bcrypt(hash) => match hash.prehash {
                Prehash::None => Scheme::Bcrypt,
                Prehash::Sha256Hex | Prehash::HmacSha256Base64 { .. } => Scheme::BcryptSha256,
            },
        }
    }

    /// KiB that verifying takes. PBKDF2 and bcrypt take a few, which are not worth counting.
    pub fn memory_kib(&self) -> u32 {
        match self {
            Self::Argon2(hash) => hash.params.memory_kib,
            Self::Scrypt(hash) => hash.memory_kib(),
            Self::Pbkdf2(_) | Self::Bcrypt(_) => 0,
        }
    }
}

/// Salt and tag, which are nobody's business in a log.
#[derive(Clone)]
pub struct Salted {
    pub salt: Vec<u8>,
    pub tag: Vec<u8>,
}

impl Salted {
    fn new(salt: Vec<u8>, tag: Vec<u8>) -> Result<Self, StoredHashError> {
        if salt.is_empty() || salt.len() > SALT_BYTES_MAX {
            return Err(StoredHashError::Malformed("its salt has to have 1 to 64 bytes"));
        }
        if !(TAG_BYTES_MIN..=TAG_BYTES_MAX).contains(&tag.len()) {
            return Err(StoredHashError::Malformed("its tag has to have 16 to 64 bytes"));
        }
        Ok(Self { salt, tag })
    }
}

impl fmt::Debug for Salted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[salt and tag]")
    }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
