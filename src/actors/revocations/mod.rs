//! The `revocations` actor: keeps the live part of the `revocations` table in memory.
//!
//! It promises that this node's own revocations are known at once and everybody else's (other nodes, the command line)
//! within a second: it reads the last ten seconds anew four times a second, so that a row whose COMMIT was late is not
//! missed, and the whole live log every minute. When its last good read began over a second ago it says so, and its
//! askers turn to the database. It decides nothing about what a revoked token means.

mod actor;
mod freshness;
mod messages;
mod reading;
mod set;

use std::sync::Arc;
use std::time::Duration;

use self::freshness::Freshness;
use actix::Actor;

use self::actor::RevocationLog;
use self::messages::ReadNow;
pub use self::set::{RevocationSet, Standing};
use super::database::{DatabaseDoor, DatabaseError};
use super::door::{Door, DoorLoad, Tally};
use crate::domain::access_token::AccessClaims;
use crate::domain::clock::{Clock, Deadline, Timestamp};
use crate::domain::revocation::Revocation;

/// Only `ReadNow` comes through the door, from tests and from the start.
const PLACES: u32 = 8;
const PATIENCE: Duration = Duration::from_secs(2);

/// What memory says of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Yes(Standing),
    /// The last good read is too long ago. The database must be asked.
    OutOfDate,
}

/// The way to the set, for everybody who checks tokens: no hop, no lock that is held across a wait.
#[derive(Clone)]
pub struct Revocations {
    door: Door<RevocationLog>,
    set: Arc<RevocationSet>,
    freshness: Arc<Freshness>,
}

impl Revocations {
    pub fn standing(&self, claims: &AccessClaims) -> Known {
        if self.freshness.is_fresh() { Known::Yes(self.set.standing(claims)) } else { Known::OutOfDate }
    }

    /// Tells this node of a revocation that has just been committed.
    pub fn learn(&self, revocation: &Revocation) {
        self.set.learn(revocation);
    }

    /// When a role's definition last changed: what was remembered of roles before then is out of date.
    pub fn role_definitions_changed_at(&self) -> Timestamp {
        self.set.role_definitions_changed_at()
    }

    /// Whether the live log has been read since the start, and lately.
    pub fn is_fresh(&self) -> bool {
        self.freshness.is_fresh()
    }

    /// Reads the whole live log now.
    ///
    /// # Errors
    /// [`DatabaseError`] when the log could not be read.
    pub async fn read_now(&self, deadline: Deadline) -> Result<(), DatabaseError> {
        self.door.ask(ReadNow, deadline).await?
    }

    /// For tests: every later question finds memory out of date.
    #[cfg(feature = "broken-controls")]
    pub fn forget_freshness(&self) {
        self.freshness.forget();
    }

    pub fn is_open(&self) -> bool {
        self.door.is_open()
    }

    pub fn tally(&self) -> &Tally {
        self.door.tally()
    }

    pub fn load(&self) -> DoorLoad {
        self.door.load()
    }

    pub async fn drain(&self) {
        self.door.drain().await;
    }

    /// For tests: a request whose work panics.
    #[cfg(feature = "broken-controls")]
    pub async fn panic_on_purpose(&self) -> Result<(), super::door::Refused> {
        self.door.ask(super::door::PanicOnPurpose, Deadline::within(PATIENCE)).await
    }
}

/// For a command: nobody asks it, and what it learns goes with the process. Servers find it in the table.
pub fn shut() -> Revocations {
    Revocations { door: Door::shut(), set: Arc::default(), freshness: Arc::default() }
}

pub fn start(database: DatabaseDoor, clock: Clock) -> Revocations {
    let set = Arc::<RevocationSet>::default();
    let freshness = Arc::<Freshness>::default();
    let addr = RevocationLog::new(database, clock, Arc::clone(&set), Arc::clone(&freshness)).start();
    Revocations { door: Door::new(addr, PLACES, PATIENCE), set, freshness }
}
