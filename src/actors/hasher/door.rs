//! The way to the hasher: admission first, then the actor's door.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use secrecy::SecretString;

use super::actor::{Alive, Hasher};
use super::admission::{Admission, Ticket};
#[cfg(feature = "broken-controls")]
use super::messages::Disturb;
use super::messages::{HashError, HashPassword, Verdict, VerifyPassword};
use super::settings::Limits;
use super::stored::Stored;
use crate::actors::door::{Door, Refused, Tally};
use crate::domain::clock::Deadline;

/// The way to the hasher. Clones lead through the same door.
#[derive(Clone)]
pub struct HasherDoor(Arc<Inner>);

struct Inner {
    /// Empty after a drain: the threads end when the last address of their actor is gone, whoever still holds a clone.
    door: ArcSwapOption<Door<Hasher>>,
    admission: Arc<Admission>,
    alive: Alive,
    limits: Limits,
    tally: Tally,
}

impl HasherDoor {
    pub(super) fn new(door: Door<Hasher>, admission: Arc<Admission>, alive: Alive, limits: Limits) -> Self {
        let door = ArcSwapOption::from_pointee(door);
        Self(Arc::new(Inner { door, admission, alive, limits, tally: Tally::default() }))
    }

    /// Hashes a password, in NFC, with the current parameters; gives a PHC string.
    ///
    /// # Errors
    /// [`HashError::Refused`], at once when the predicted wait is too long; [`HashError::Failed`].
    pub async fn hash(&self, password: SecretString, deadline: Deadline) -> Result<String, HashError> {
        let asked = async {
            let (door, ticket) = self.admit(self.0.limits.current.units(), deadline)?;
            door.ask(HashPassword { password, ticket }, deadline).await
        };
        self.counted(asked.await)?
    }

    /// Compares a password, in NFC, with a stored PHC string; `None` is an account that does not exist.
    ///
    /// # Errors
    /// [`HashError::Unsupported`] and [`HashError::TooExpensive`] before anything is computed, else as
    /// [`HasherDoor::hash`].
    pub async fn verify(
        &self,
        password: SecretString,
        against: Option<&str>,
        deadline: Deadline,
    ) -> Result<Verdict, HashError> {
        let against = against.map(|phc| Stored::parse(phc, self.0.limits)).transpose()?;
        let params = against.as_ref().map_or(self.0.limits.current, Stored::params);
        let asked = async {
            let (door, ticket) = self.admit(params.units(), deadline)?;
            door.ask(VerifyPassword { password, against, ticket }, deadline).await
        };
        self.counted(asked.await)?
    }

    /// How long a request would wait now before its own work begins; what `Retry-After` is made of.
    pub fn predicted_wait(&self) -> Duration {
        self.0.admission.predicted_wait()
    }

    /// Whether it takes requests and has a thread to do them.
    pub fn is_open(&self) -> bool {
        self.threads_alive() > 0 && self.0.door.load().as_ref().is_some_and(|door| door.is_open())
    }

    /// Lets nobody in any more, waits until everybody has left, and lets the threads end.
    pub async fn drain(&self) {
        if let Some(door) = self.0.door.load_full() {
            door.drain().await;
        }
        self.0.door.store(None);
    }

    /// What was asked and refused since the start, by admission as well as by the door.
    pub fn tally(&self) -> &Tally {
        &self.0.tally
    }

    /// Requests inside: waiting or running.
    pub fn places_in_use(&self) -> usize {
        self.0.door.load().as_ref().map_or(0, |door| door.places_in_use())
    }

    pub fn threads_alive(&self) -> u32 {
        self.0.alive.count()
    }

    /// How many hashes were computed since the start.
    pub fn computed(&self) -> u64 {
        self.0.admission.computed()
    }

    /// Sends a thread something it must survive.
    ///
    /// # Errors
    /// [`Refused`].
    #[cfg(feature = "broken-controls")]
    pub async fn disturb(&self, disturb: Disturb, deadline: Deadline) -> Result<(), Refused> {
        let door = self.0.door.load_full().ok_or(Refused::Closed)?;
        self.counted(door.ask(disturb, deadline).await)
    }

    fn admit(&self, units: u64, deadline: Deadline) -> Result<(Arc<Door<Hasher>>, Ticket), Refused> {
        let door = self.0.door.load_full().ok_or(Refused::Closed)?;
        let remaining = deadline.remaining();
        if remaining.is_zero() {
            return Err(Refused::Late);
        }
        let ticket = self.0.admission.enter(units, remaining).ok_or(Refused::Busy)?;
        Ok((door, ticket))
    }

    fn counted<R>(&self, answer: Result<R, Refused>) -> Result<R, Refused> {
        let Tally { asked, busy, late, closed, panicked } = &self.0.tally;
        let add = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        add(asked);
        answer.inspect_err(|refused| {
            add(match refused {
                Refused::Busy => busy,
                Refused::Late => late,
                Refused::Closed => closed,
                Refused::Panicked => panicked,
            });
        })
    }
}
