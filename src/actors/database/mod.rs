//! The `database` actor: owns the pools and SQLite's single writer.
//!
//! It promises that every unit of work runs under a deadline, is repeated where that is right, and runs to its end in a
//! task of its own: a client that hangs up cannot leave a connection inside a transaction. It also keeps this node's
//! clock in step with the database's. It decides nothing and holds no query.

mod actor;
mod clock_offset;
mod messages;

use std::sync::Arc;
use std::time::Duration;

use actix::Actor;

use self::actor::Database;
pub use self::clock_offset::ClockSync;
use self::messages::{Run, TellLoad};
use super::door::{Door, DoorLoad, Refused, Tally};
use crate::domain::clock::{Clock, Deadline};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::load::StoreLoad;
use crate::store::query::{AnyQuery, Outcome, Query, read_outcome, unit_of};

/// Units inside at once. At 10,000 units a second this is a tenth of a second of work; past it, waiting would only
/// turn into lateness.
const PLACES: u32 = 1_024;
/// For a unit with all its repetitions, so that a request that finds the database away is answered within three.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often to look whether the clock's offset is known by now.
const CLOCK_POLL: Duration = Duration::from_millis(5);

/// Why a unit of work has no outcome.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("the database's door: {0}")]
    Door(#[from] Refused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The way to the database.
#[derive(Clone)]
pub struct DatabaseDoor {
    door: Door<Database>,
    sync: Arc<ClockSync>,
}

impl DatabaseDoor {
    /// Runs one unit of work.
    ///
    /// # Errors
    /// [`DatabaseError`]. After `Late` and `Unreachable` the unit may have happened.
    pub async fn run<Q: Query>(&self, query: Q, deadline: Deadline) -> Result<Q::Output, DatabaseError> {
        Ok(read_outcome::<Q>(self.run_unit(unit_of(query), deadline).await?)?)
    }

    async fn run_unit(&self, unit: Arc<dyn AnyQuery>, deadline: Deadline) -> Result<Outcome, DatabaseError> {
        Ok(self.door.ask(Run(unit), deadline).await??)
    }

    /// How the connections are used.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn store_load(&self, deadline: Deadline) -> Result<StoreLoad, Refused> {
        self.door.ask(TellLoad, deadline).await
    }

    /// How this node's clock stands to the database's.
    pub fn clock_sync(&self) -> &ClockSync {
        &self.sync
    }

    /// Waits until it is known how this node's clock stands to the database's. What is written before is stamped by a
    /// clock that may be a minute off: a revocation would be found late, and a new signing key would not sign yet.
    pub async fn until_clock_is_measured(&self, patience: Deadline) {
        while !self.sync.is_measured() && !patience.has_passed() {
            tokio::time::sleep(CLOCK_POLL).await;
        }
    }

    pub fn units_under_way(&self) -> usize {
        self.door.places_in_use()
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
}

/// Starts the actor over an open store.
pub fn start(store: Store, clock: Clock) -> DatabaseDoor {
    let sync = Arc::<ClockSync>::default();
    let addr = Database::new(store, clock, Arc::clone(&sync)).start();
    DatabaseDoor { door: Door::new(addr, PLACES, PATIENCE), sync }
}
