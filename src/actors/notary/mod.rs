//! The `notary` actor: puts the events of the audit trail under signed seals, every few seconds, on one node at a time.
//!
//! It promises that an event waits for its seal no longer than a few seconds, that each seal is one unit under a lease
//! with a fence, and that seals follow each other without a gap. The key is derived from `SECRET_KEY` and stands nowhere
//! in the database. It changes no event but by its seal, deletes nothing, and does not check what was sealed before.

mod actor;
mod messages;
mod round;

use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use uuid::Uuid;

use self::actor::Notary;
use self::messages::SealOnce;
pub use self::round::{NotaryError, Sealed};
use super::database::DatabaseDoor;
use super::door::{Door, DoorLoad, Refused, Tally};
use super::sealing::Sealer;
use crate::domain::clock::Deadline;

/// One round at a time, and one that waits to hear that it is not needed.
const PLACES: u32 = 2;
/// Ten million events, at a hundred seals a second.
const PATIENCE: Duration = Duration::from_mins(15);
/// What was removed before it was sealed is not missed, so it is a few seconds. No less, since seals stay: one every five
/// seconds for a year is 6.3 million rows of some 200 bytes.
const INTERVAL: Duration = Duration::from_secs(5);

/// The way to the notary.
#[derive(Clone)]
pub struct NotaryDoor {
    door: Door<Notary>,
}

impl NotaryDoor {
    /// Seals now, if no other node does, until nothing is left.
    ///
    /// # Errors
    /// [`Refused`] from the door, [`NotaryError`] when the database failed in the middle. What was sealed stays sealed.
    pub async fn seal_once(&self, deadline: Deadline) -> Result<Result<Sealed, NotaryError>, Refused> {
        self.door.ask(SealOnce, deadline).await
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

/// For a command: a server seals what it tells.
pub fn shut() -> NotaryDoor {
    NotaryDoor { door: Door::shut() }
}

/// `node`: who holds the lease when this process seals.
pub fn start(node: Uuid, database: DatabaseDoor, sealer: Arc<Sealer>) -> NotaryDoor {
    let addr = Notary::new(node, database, sealer).start();
    NotaryDoor { door: Door::new(addr, PLACES, PATIENCE) }
}
