//! What the hasher can be asked for.

use secrecy::SecretString;

use super::admission::Ticket;
use super::engine::EngineError;
use crate::actors::door::{Refused, Request};
use crate::domain::password::StoredHash;
use crate::domain::password::stored_hash::StoredHashError;
use crate::domain::password::strength::Strength;
use crate::domain::password::words::Words;

/// Hash a new password with the current parameters and a fresh salt.
pub struct HashPassword {
    pub password: SecretString,
    pub(super) ticket: Ticket,
}

impl Request for HashPassword {
    /// A PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`.
    type Reply = Result<String, HashError>;
}

/// Compare a password with a stored hash. `None` is an account that does not exist: it costs what a hash with the
/// current parameters costs, and is always wrong.
pub struct VerifyPassword {
    pub password: SecretString,
    pub against: Option<StoredHash>,
    pub(super) ticket: Ticket,
}

impl Request for VerifyPassword {
    type Reply = Result<Verdict, HashError>;
}

/// Estimate how many guesses a new password stands. No hash, but milliseconds of work all the same, which has its place
/// on these threads and not on one that serves HTTP.
pub struct EstimateStrength {
    pub password: SecretString,
    pub words: Words,
    /// Held for as long as the work takes; it says nothing about the pace of hashes.
    pub(super) ticket: Ticket,
}

impl Request for EstimateStrength {
    type Reply = Strength;
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `outdated`: the stored hash was made elsewhere, with less than the current parameters or with more memory,
    /// and should be made anew.
    Right {
        outdated: bool,
    },
    Wrong,
}

/// Why there is no hash and no verdict.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// No place, no time, or no hasher.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The stored text is of no scheme that is known, malformed, or beyond what anybody may ask for. It was not computed:
    /// an answer that must not tell accounts apart verifies against `None` as well.
    #[error("the stored hash cannot be verified: {0}")]
    Unusable(#[from] StoredHashError),
    /// The stored hash takes more memory than `HASH_MEMORY_BUDGET_MIB` leaves. Not computed, as above.
    #[error(
        "the stored hash takes {needed_kib} KiB of memory, and {allowed_kib} KiB are allowed (HASH_MEMORY_BUDGET_MIB)"
    )]
    TooLarge { needed_kib: u32, allowed_kib: u32 },
    /// The backend could not compute, most likely for want of memory.
    #[error("the hash could not be computed")]
    Failed(#[from] EngineError),
}

/// What a thread must survive; for tests only.
#[cfg(feature = "broken-controls")]
pub enum Disturb {
    Panic,
    /// Takes the thread for so long, unseen by the prediction.
    Hold(std::time::Duration),
}

#[cfg(feature = "broken-controls")]
impl Request for Disturb {
    type Reply = ();
}
