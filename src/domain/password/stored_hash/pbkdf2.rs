//! PBKDF2: PHC (`$pbkdf2-sha256$i=600000,l=32$salt$tag`), passlib (`$pbkdf2-sha256$29000$salt$tag`), Werkzeug
//! (`pbkdf2:sha256:1000000$salt$hex`), Django (`pbkdf2_sha256$1000000$salt$base64`).

use std::num::NonZeroU32;

use super::text::{base64, base64_with_dots, fields, hex, number, parameters};
use super::{Salted, StoredHashError};

/// Iterations times the blocks of the digest that the tag is made of. Three times the highest default of a framework
/// (Django 6.0: 1,200,000), and some two seconds of one thread.
pub const MAX_ROUNDS: u64 = 4_000_000;
/// Werkzeug's, where the method says no more than `pbkdf2:sha256`.
const WERKZEUG_ITERATIONS: u32 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pbkdf2Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Pbkdf2Digest {
    fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Pbkdf2Hash {
    pub digest: Pbkdf2Digest,
    pub iterations: NonZeroU32,
    pub salted: Salted,
}

impl Pbkdf2Hash {
    fn new(digest: Pbkdf2Digest, iterations: u32, salted: Salted) -> Result<Self, StoredHashError> {
        let none = StoredHashError::Malformed("PBKDF2 needs one iteration at least");
        let hash = Self { digest, iterations: NonZeroU32::new(iterations).ok_or(none)?, salted };
        if hash.rounds() > MAX_ROUNDS {
            return Err(StoredHashError::TooExpensive("more than 4,000,000 rounds of PBKDF2"));
        }
        Ok(hash)
    }

    /// `scheme`: what stands between the first two dollar signs.
    pub(super) fn phc(scheme: &str, rest: &str) -> Result<Self, StoredHashError> {
        let digest = match scheme {
            "pbkdf2-sha256" => Pbkdf2Digest::Sha256,
            "pbkdf2-sha512" => Pbkdf2Digest::Sha512,
            _ => Pbkdf2Digest::Sha1,
        };
        let [costs, salt, tag] = fields(rest)?;
        if !costs.contains('=') {
            let salted = Salted::new(base64_with_dots(salt)?, base64_with_dots(tag)?)?;
            return Self::new(digest, number(costs)?, salted);
        }
        let salted = Salted::new(base64(salt)?, base64(tag)?)?;
        if !costs.contains(',') {
            let [iterations] = parameters(costs, ["i"])?;
            return Self::new(digest, iterations, salted);
        }
        let [iterations, length] = parameters(costs, ["i", "l"])?;
        if usize::try_from(length) != Ok(salted.tag.len()) {
            return Err(StoredHashError::Malformed("its tag is not as long as it says"));
        }
        Self::new(digest, iterations, salted)
    }

    /// Its salts are text, and go into the hash as they stand there. So are Django's.
    pub(super) fn werkzeug(method: &str, rest: &str) -> Result<Self, StoredHashError> {
        let [salt, tag] = fields(rest)?;
        let mut words = method.split(':').skip(1);
        let digest = match words.next() {
            None | Some("sha256") => Pbkdf2Digest::Sha256,
            Some("sha1") => Pbkdf2Digest::Sha1,
            Some("sha512") => Pbkdf2Digest::Sha512,
            Some(_) => return Err(StoredHashError::UnknownScheme),
        };
        let iterations = words.next().map_or(Ok(WERKZEUG_ITERATIONS), number)?;
        if words.next().is_some() {
            return Err(StoredHashError::Malformed("its method is not pbkdf2:digest:iterations"));
        }
        Self::new(digest, iterations, Salted::new(salt.into(), hex(tag)?)?)
    }

    pub(super) fn django(digest: Pbkdf2Digest, rest: &str) -> Result<Self, StoredHashError> {
        let [iterations, salt, tag] = fields(rest)?;
        Self::new(digest, number(iterations)?, Salted::new(salt.into(), base64(tag)?)?)
    }

    /// What it costs: each block of the tag takes all the iterations.
    pub fn rounds(&self) -> u64 {
        let blocks = self.salted.tag.len().div_ceil(self.digest.bytes());
        u64::from(self.iterations.get()) * blocks as u64
    }
}
