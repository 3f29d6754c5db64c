//! Verifying what is stored: Keystead's own Argon2id, and the hashes of the systems that people come from.
//!
//! A thread has one [`Bench`]. It computes Argon2id in memory that it keeps; whatever takes other memory lets go of that
//! first and borrows the rest, so that all threads together stay within the budget. Comparisons take a time that does not
//! depend on how nearly a password is right. What a text may cost at most is decided before, in
//! `domain/password/stored_hash` and at the hasher's door; [`cost`] says how much of the threads' time it will take.

mod bcrypt;
pub mod cost;
mod pbkdf2;
mod scrypt;

use std::sync::Arc;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::engine::{self, Backend, Engine, EngineError};
use super::spare::Spare;
use super::{SALT_BYTES, TAG_BYTES};
use crate::domain::password::stored_hash::{
    Argon2Hash, Argon2Variant, Argon2Version, HashParams, Salted, StoredHash, TAG_BYTES_MAX,
};

/// What one thread computes with.
pub struct Bench {
    engine: Engine,
    backend: Backend,
    /// What it may keep: the memory of a hash with the current parameters.
    own_kib: u32,
    spare: Arc<Spare>,
}

impl Bench {
    pub fn new(backend: Backend, own_kib: u32, spare: Arc<Spare>) -> Self {
        Self { engine: Engine::new(backend), backend, own_kib, spare }
    }

    /// Hashes with a fresh salt.
    pub fn hash(&mut self, params: HashParams, password: &[u8]) -> Result<Argon2Hash, EngineError> {
        let mut salt = vec![0; SALT_BYTES];
        rand::fill(&mut salt[..]);
        let mut tag = vec![0; TAG_BYTES];
        self.engine.tag(params, password, &salt, &mut tag)?;
        let (variant, version) = (Argon2Variant::Id, Argon2Version::V19);
        Ok(Argon2Hash { variant, version, params, salted: Salted { salt, tag } })
    }

    /// Whether `password` is the one.
    pub fn matches(&mut self, stored: &StoredHash, password: &[u8]) -> Result<bool, EngineError> {
        let needed_kib = stored.memory_kib();
        if needed_kib == 0 || is_own_kind(stored) && needed_kib <= self.own_kib {
            return compute(&mut self.engine, stored, password);
        }
        self.engine.let_go();
        let _loan = self.spare.borrow(needed_kib.saturating_sub(self.own_kib));
        // Dropped before the loan is.
        let mut engine = Engine::new(self.backend);
        compute(&mut engine, stored, password)
    }
}

/// Whether it was made elsewhere, is weaker in anything than what would be made today, or takes more memory than a thread
/// has: every sign-in with it would wait for what the threads share.
pub fn is_outdated(stored: &StoredHash, current: HashParams) -> bool {
    match stored {
        StoredHash::Argon2(hash) if is_own_kind(stored) => {
            let Salted { salt, tag } = &hash.salted;
            let is_larger = hash.params.memory_kib > current.memory_kib;
            hash.params.are_below(current) || is_larger || salt.len() < SALT_BYTES || tag.len() < TAG_BYTES
        }
        StoredHash::Argon2(_) | StoredHash::Scrypt(_) | StoredHash::Pbkdf2(_) | StoredHash::Bcrypt(_) => true,
    }
}

/// Argon2id of RFC 9106: what the engine computes by either backend.
fn is_own_kind(stored: &StoredHash) -> bool {
    matches!(stored, StoredHash::Argon2(Argon2Hash { variant: Argon2Variant::Id, version: Argon2Version::V19, .. }))
}

fn compute(engine: &mut Engine, stored: &StoredHash, password: &[u8]) -> Result<bool, EngineError> {
    match stored {
        StoredHash::Argon2(hash) => {
            let mut tag = Zeroizing::new([0; TAG_BYTES_MAX]);
            let tag = &mut tag[..hash.salted.tag.len()];
            if is_own_kind(stored) {
                engine.tag(hash.params, password, &hash.salted.salt, tag)?;
            } else {
                engine::older_tag(hash, password, tag)?;
            }
            Ok(tag.ct_eq(&hash.salted.tag).into())
        }
        StoredHash::Scrypt(hash) => scrypt::matches(hash, password),
        StoredHash::Pbkdf2(hash) => Ok(pbkdf2::matches(hash, password)),
        StoredHash::Bcrypt(hash) => Ok(bcrypt::matches(hash, password)),
    }
}

#[cfg(test)]
mod tests;
