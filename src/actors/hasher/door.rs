//! The way to the hasher: admission first, then the actor's door.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::actor::{Alive, Hasher};
use super::admission::{Admission, Ticket};
#[cfg(feature = "broken-controls")]
use super::messages::Disturb;
use super::messages::{EstimateStrength, HashError, HashPassword, Verdict, VerifyPassword};
use super::schemes::cost;
use super::settings::Limits;
use crate::actors::door::{Door, DoorLoad, Refused, Tally};
use crate::domain::clock::Deadline;
use crate::domain::password::stored_hash::StoredHash;
use crate::domain::password::strength::Strength;
use crate::domain::password::words::Words;

/// The way to the hasher. Clones lead through the same door.
#[derive(Clone)]
pub struct HasherDoor {
    door: Door<Hasher>,
    admission: Arc<Admission>,
    alive: Alive,
    limits: Limits,
    /// One place: what nobody waits for is done one after the other.
    spare: Arc<Semaphore>,
}

/// The one turn at work that nobody waits for; the next may have it when it is dropped.
pub struct SpareTurn {
    _place: OwnedSemaphorePermit,
}

impl HasherDoor {
    pub(super) fn new(door: Door<Hasher>, admission: Arc<Admission>, alive: Alive, limits: Limits) -> Self {
        Self { door, admission, alive, limits, spare: Arc::new(Semaphore::new(1)) }
    }

    /// Hashes a password, in NFC, with the current parameters; gives a PHC string.
    ///
    /// # Errors
    /// [`HashError::Refused`], at once when the predicted wait is too long; [`HashError::Failed`].
    pub async fn hash(&self, password: SecretString, deadline: Deadline) -> Result<String, HashError> {
        let ticket = self.admit(self.limits.current.units(), deadline)?;
        self.door.ask(HashPassword { password, ticket }, deadline).await?
    }

    /// Compares a password, in NFC, with a stored hash; `None` is an account that does not exist.
    ///
    /// # Errors
    /// [`HashError::Unusable`] and [`HashError::TooLarge`] before anything is computed, else as [`HasherDoor::hash`].
    pub async fn verify(
        &self,
        password: SecretString,
        against: Option<&str>,
        deadline: Deadline,
    ) -> Result<Verdict, HashError> {
        let against = against.map(|text| self.limits.parse(text)).transpose()?;
        let units = against.as_ref().map_or(self.limits.current.units(), cost::units);
        let ticket = self.admit(units, deadline)?;
        self.door.ask(VerifyPassword { password, against, ticket }, deadline).await?
    }

    /// For whoever has something to look up first, which would be in vain: the refusal that a hash would meet now.
    ///
    /// # Errors
    /// [`Refused::Busy`]. Somebody who is not refused here may still be.
    pub fn look(&self) -> Result<(), Refused> {
        if self.admission.is_full() { Err(self.door.turn_away(Refused::Busy)) } else { Ok(()) }
    }

    /// Whether there is memory enough for a hash of another system, as far as one hash may have.
    pub fn has_memory_for(&self, hash: &StoredHash) -> bool {
        hash.memory_kib() <= self.limits.memory_kib
    }

    /// Estimates how many guesses a password, in NFC, stands. It is let in as one hash is, which costs about as much.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn strength(
        &self,
        password: SecretString,
        words: Words,
        deadline: Deadline,
    ) -> Result<Strength, Refused> {
        let ticket = self.admit(self.limits.current.units(), deadline)?;
        self.door.ask(EstimateStrength { password, words, ticket }, deadline).await
    }

    /// Leave for a hash that nobody waits for: to one at a time, and only while a thread has nothing to do.
    pub fn spare_turn(&self) -> Option<SpareTurn> {
        let place = Arc::clone(&self.spare).try_acquire_owned().ok()?;
        self.admission.has_idle_thread(self.limits.current.units()).then_some(SpareTurn { _place: place })
    }

    /// How long a request would wait now before its own work begins; what `Retry-After` is made of.
    pub fn predicted_wait(&self) -> Duration {
        self.admission.predicted_wait()
    }

    /// Whether it takes requests and has a thread to do them.
    pub fn is_open(&self) -> bool {
        self.threads_alive() > 0 && self.door.is_open()
    }

    /// Lets nobody in any more, waits until everybody has left, and lets the threads end.
    pub async fn drain(&self) {
        self.door.drain().await;
    }

    /// What was asked and refused since the start, by admission as well as by the door.
    pub fn tally(&self) -> &Tally {
        self.door.tally()
    }

    pub fn load(&self) -> DoorLoad {
        self.door.load()
    }

    /// Requests inside: waiting or running.
    pub fn places_in_use(&self) -> usize {
        self.door.places_in_use()
    }

    pub fn threads_alive(&self) -> u32 {
        self.alive.count()
    }

    /// How many passwords could be hashed in a second, with the current parameters and at the present pace.
    pub fn hashes_per_second(&self) -> f64 {
        self.admission.per_second(self.limits.current.units())
    }

    /// How many hashes were computed since the start.
    pub fn computed(&self) -> u64 {
        self.admission.computed()
    }

    /// Sends a thread something it must survive.
    ///
    /// # Errors
    /// [`Refused`].
    #[cfg(feature = "broken-controls")]
    pub async fn disturb(&self, disturb: Disturb, deadline: Deadline) -> Result<(), Refused> {
        self.door.ask(disturb, deadline).await
    }

    /// Before a place is taken, and without a hop.
    fn admit(&self, units: u64, deadline: Deadline) -> Result<Ticket, Refused> {
        let remaining = deadline.remaining();
        if remaining.is_zero() {
            return Err(self.door.turn_away(Refused::Late));
        }
        self.admission.enter(units, remaining).ok_or_else(|| self.door.turn_away(Refused::Busy))
    }
}
