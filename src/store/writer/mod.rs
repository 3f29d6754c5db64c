//! SQLite's single writer, with group commit.
//!
//! Each unit of work is sent to the one task that owns the one writing connection. That task takes what is
//! waiting, runs it in one transaction, commits, and only then answers: one flush pays for up to [`BATCH`] units. It
//! never waits for a batch to fill. A unit that fails is undone alone; a transaction that SQLite itself rolls back
//! (disk full, I/O error) answers nobody, and each of its units runs again, alone. Nothing here knows what a unit does.

mod batch;
mod checkpoint;
#[cfg(feature = "broken-controls")]
pub mod controls;
mod fate;
mod unit;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::{mpsc, oneshot};

use self::batch::Batches;
use self::unit::Unit;
use super::error::StoreError;
use super::query::{AnyQuery, Outcome, Query, read_outcome};
use crate::domain::clock::{Clock, Deadline};

/// Units in one transaction. One flush of the disk costs as much as some 60 rotations, so more would gain little and
/// make the first of a batch wait for the last.
const BATCH: usize = 64;
/// Units that may wait: 16 batches, about a tenth of a second of work. The database's door lets in no more either.
const WAITING: usize = 1_024;
/// Pause before the connection is opened anew after it failed for good.
const REOPEN_AFTER: Duration = Duration::from_millis(250);

/// The way to the one task that writes.
#[derive(Clone)]
pub struct Writer {
    inbox: mpsc::Sender<Unit>,
    stats: Arc<Stats>,
}

/// What the writer has done since it was opened.
#[derive(Debug, Default)]
pub struct Stats {
    pub transactions: AtomicU64,
    pub units: AtomicU64,
    pub batches_rerun: AtomicU64,
    pub connections_opened: AtomicU64,
}

impl Writer {
    /// Opens the writing connection and the one that copies the log into the file.
    ///
    /// # Errors
    /// What SQLite says when the file cannot be opened.
    pub async fn open(file: SqliteConnectOptions, clock: Clock) -> sqlx::Result<Self> {
        Self::with_batches_of(BATCH, file, clock).await
    }

    /// The same with another size of batch: 1 is a transaction for each unit, which the benchmarks compare with.
    pub async fn with_batches_of(size: usize, file: SqliteConnectOptions, clock: Clock) -> sqlx::Result<Self> {
        let file = file.pragma("wal_autocheckpoint", "0");
        let stats = Arc::<Stats>::default();
        let log_is_long = Arc::<AtomicBool>::default();
        let mut batches = Batches::open(&file, size, clock, Arc::clone(&log_is_long), Arc::clone(&stats)).await?;
        let (inbox, mut waiting) = mpsc::channel(WAITING);
        tokio::spawn(checkpoint::keep_short(file.connect().await?, log_is_long, inbox.downgrade()));
        tokio::spawn(async move {
            // Ends when every `Writer` is gone; a connection that is beyond repair is opened anew.
            while batches.serve(&mut waiting).await.is_err() {
                tracing::error!("the writing connection is opened anew");
                while let Err(cause) = batches.reopen(&file).await {
                    tracing::error!(%cause, "the database file cannot be opened");
                    tokio::time::sleep(REOPEN_AFTER).await;
                }
            }
        });
        Ok(Self { inbox, stats })
    }

    /// Answers once the unit's transaction is committed, or the unit is undone.
    ///
    /// # Errors
    /// [`StoreError`]; `Late` when the deadline passed before the unit began.
    pub async fn write<Q: Query>(&self, query: Arc<Q>, deadline: Deadline) -> Result<Q::Output, StoreError> {
        read_outcome::<Q>(self.write_unit(query, deadline).await?)
    }

    pub(super) async fn write_unit(&self, query: Arc<dyn AnyQuery>, deadline: Deadline) -> Result<Outcome, StoreError> {
        let (caller, answer) = oneshot::channel();
        self.inbox.send(Unit::new(query, deadline, caller)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How many units wait for the next transaction.
    pub fn waiting(&self) -> usize {
        self.inbox.max_capacity() - self.inbox.capacity()
    }
}
