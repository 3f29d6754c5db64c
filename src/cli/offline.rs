//! The database's door without a server: what sub-commands work through.

use std::time::Duration;

use super::exit::Failure;
use super::schema_state::{self, SchemaState};
use crate::actors::database::{self, DatabaseDoor};
use crate::config::database::DatabaseSettings;
use crate::domain::clock::{Clock, Deadline};
use crate::store::Store;

/// For one unit of work or a few; the door allows two seconds each.
const PATIENCE: Duration = Duration::from_secs(10);
/// For the first measurement of the clock's offset, which is under way once the door is open.
const CLOCK_PATIENCE: Duration = Duration::from_secs(1);

pub struct Offline {
    pub database: DatabaseDoor,
    pub clock: Clock,
    store: Store,
}

impl Offline {
    /// Opens the door to a database whose schema is not behind.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, Failure> {
        match schema_state::of(settings).await?.0 {
            SchemaState::Current => {}
            SchemaState::Behind { at } => {
                return Err(schema_state::behind(at, "`keystead db upgrade` brings it there"));
            }
            SchemaState::Ahead { at } => tracing::warn!("{}", schema_state::ahead(at)),
        }
        let clock = Clock::system();
        let store = Store::open(settings, clock.clone()).await?;
        let database = database::start(store.clone(), clock.clone());
        // Without a measurement the work is done all the same, by this machine's clock.
        database.until_clock_is_measured(Deadline::within(CLOCK_PATIENCE)).await;
        Ok(Self { database, clock, store })
    }

    pub fn deadline() -> Deadline {
        Deadline::within(PATIENCE)
    }

    pub async fn close(self) {
        self.database.drain().await;
        self.store.close().await;
    }
}
