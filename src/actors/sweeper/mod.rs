//! The `sweeper` actor: lets dead rows go, on one node at a time, without anybody noticing.
//!
//! It promises small batches of bounded duration, each a unit of its own under a lease with a fence, a pause of several
//! times a batch between them, and patience while the database is busy. It never decides that something is dead: it
//! takes away what has been dead for a while, and events of the audit trail that are older than they are to be kept.

mod actor;
mod messages;
mod retention;
mod round;

use std::time::Duration;

use actix::Actor;
use uuid::Uuid;

use self::actor::Sweeper;
use self::messages::SweepOnce;
pub use self::retention::AuditRetention;
pub use self::round::{Report, SweepError};
use super::database::{DatabaseDoor, DatabaseError};
use super::door::{Door, DoorLoad, Refused, Tally};
use crate::domain::clock::{Clock, Deadline};

/// One sweep at a time, and one that waits to hear that it is not needed.
const PLACES: u32 = 2;
/// A million rows in batches of a hundred with their pauses.
const PATIENCE: Duration = Duration::from_hours(1);

/// How the sweeper works.
#[derive(Clone, Copy, Debug)]
pub struct SweepSettings {
    /// Pause between two sweeps.
    pub interval: Duration,
    /// What a batch may take.
    pub batch: Duration,
}

/// The way to the sweeper.
#[derive(Clone)]
pub struct SweeperDoor {
    door: Door<Sweeper>,
    database: DatabaseDoor,
    clock: Clock,
}

impl SweeperDoor {
    /// Sweeps now, if no other node does, until nothing dead is left.
    ///
    /// # Errors
    /// [`Refused`] from the door, [`SweepError`] when the database failed in the middle. What was swept stays swept.
    pub async fn sweep_once(&self, deadline: Deadline) -> Result<Result<Report, SweepError>, Refused> {
        self.door.ask(SweepOnce, deadline).await
    }

    /// What a sweep would take away now, whichever node sweeps: nothing is changed. Of a kind a million at most is counted.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn count(&self, deadline: Deadline) -> Result<Report, DatabaseError> {
        round::count(&self.database, &self.clock, deadline).await
    }

    /// For how long the longest dead row there is should have been gone, whichever node sweeps.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn lag(&self, deadline: Deadline) -> Result<Duration, DatabaseError> {
        round::lag(&self.database, &self.clock, deadline).await
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
    pub async fn panic_on_purpose(&self) -> Result<(), Refused> {
        self.door.ask(super::door::PanicOnPurpose, Deadline::within(PATIENCE)).await
    }
}

/// For a command that does not sweep.
pub fn shut(database: DatabaseDoor, clock: Clock) -> SweeperDoor {
    SweeperDoor { door: Door::shut(), database, clock }
}

/// `audit`: how long its events are kept, `None` for ever. `node`: who holds the lease when this process sweeps.
pub fn start(
    settings: SweepSettings,
    audit: Option<AuditRetention>,
    node: Uuid,
    database: DatabaseDoor,
    clock: Clock,
) -> SweeperDoor {
    let addr = Sweeper::new(settings, audit, node, database.clone(), clock.clone()).start();
    SweeperDoor { door: Door::new(addr, PLACES, PATIENCE), database, clock }
}
