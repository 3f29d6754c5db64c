//! The narrow waist: one text of queries for three databases.
//!
//! A table has one file here with its records and its queries. A query is a struct ([`query::Query`]) and one unit of
//! work: it happens wholly or not at all, may be repeated, and races inside it are decided by the row count of one
//! conditional statement. [`Store::run`] repeats what contended, within a deadline. Nothing here knows HTTP or actors,
//! decides what a person may do, or asks a clock of its own.

pub mod account_deletion;
pub mod addresses;
pub mod administrators;
pub mod audit_checks;
pub mod audit_events;
pub mod audit_lists;
pub mod audit_retention;
pub mod audit_seals;
pub mod audited;
pub mod backup;
pub mod claimed_roles;
pub mod conn;
pub mod copying;
pub mod db;
pub mod dead_counts;
mod dial;
pub mod entries;
pub mod error;
pub mod examination;
#[cfg(feature = "broken-controls")]
pub mod explained;
pub mod exported_users;
pub mod factor_use;
mod files;
pub mod flask;
pub mod foreign_writes;
pub mod given_passwords;
pub mod hexadecimal;
pub mod identities;
pub mod imported_users;
pub mod invitations;
pub mod keys;
pub mod leases;
mod letter_counts;
pub mod load;
pub mod mailed_tokens;
pub mod migrations;
mod one_connection;
pub mod one_time_tokens;
pub mod outbox;
pub mod own_events;
pub mod passwords;
pub mod personal_data;
pub mod profiles;
pub mod query;
pub mod recovery_codes;
pub mod refresh_tokens;
pub mod registrations;
pub mod resealing;
pub mod resets;
pub mod restored;
pub mod revocations;
pub mod role_definitions;
pub mod role_holders;
pub mod roles;
pub mod schema;
mod schema_error;
pub mod schema_plan;
pub mod second_factors;
mod server;
pub mod service_clients;
pub mod session_ends;
pub mod session_lists;
pub mod sessions;
pub mod sql;
pub mod sweeping;
pub mod tables;
pub mod throttles;
pub mod time_at_database;
pub mod user_changes;
pub mod user_deletion;
pub mod user_lists;
pub mod user_locks;
pub mod user_records;
pub mod users;
mod values;
pub mod writer;

use std::sync::Arc;
use std::time::Duration;

use self::db::Db;
use self::error::StoreError;
use self::load::StoreLoad;
use self::query::{AnyQuery, Outcome, Query, read_outcome, unit_of};
use crate::config::database::DatabaseSettings;
use crate::domain::clock::{Clock, Deadline};

/// One run of a unit, on a server. The database's door allows two seconds with all repetitions.
const STATEMENT_PATIENCE: Duration = Duration::from_millis(1_500);
/// Waiting for a connection, a new one included.
const ACQUIRE_PATIENCE: Duration = Duration::from_secs(1);
/// Runs of a unit, the first included. Two units that contend are through after two; five cover a short storm, and
/// past them the server is in trouble that more of the same would add to.
const RUNS: u32 = 5;
/// Pause after the first run that failed; it doubles each time, and a random part of it is waited.
const FIRST_PAUSE: Duration = Duration::from_millis(8);

/// The database, whichever it is.
#[derive(Clone)]
pub struct Store {
    db: Db,
    clock: Clock,
}

impl Store {
    /// # Errors
    /// [`StoreError`] when an SQLite file cannot be opened. A server is not spoken to before the first unit.
    pub async fn open(settings: &DatabaseSettings, clock: Clock) -> Result<Self, StoreError> {
        Ok(Self { db: Db::open(settings, &clock).await?, clock })
    }

    /// Runs a unit of work, again where it contended or its connection was lost, until `deadline`.
    ///
    /// # Errors
    /// [`StoreError`]. After `Late` and `Unreachable` the unit may have happened.
    pub async fn run<Q: Query>(&self, query: Q, deadline: Deadline) -> Result<Q::Output, StoreError> {
        read_outcome::<Q>(self.run_unit(unit_of(query), deadline).await?)
    }

    /// As [`Store::run`], for those who carry queries of any type.
    pub async fn run_unit(&self, unit: Arc<dyn AnyQuery>, deadline: Deadline) -> Result<Outcome, StoreError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..RUNS {
            let cause = match self.db.run(&unit, &self.clock, deadline).await {
                Err(cause) if cause.is_worth_another_run() => cause,
                answer => return answer,
            };
            tracing::debug!(%cause, "a unit of work runs again");
            let wait = pause.mul_f64(rand::random_range(0.5..1.0));
            if wait >= deadline.remaining() {
                return Err(cause);
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
        self.db.run(&unit, &self.clock, deadline).await
    }

    /// How the connections are used now.
    pub fn load(&self) -> StoreLoad {
        self.db.load()
    }

    /// Lets the connections go. Units that are under way finish first.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
