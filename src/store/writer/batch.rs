//! Batches of units: one transaction each, answered after its COMMIT.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::mpsc;

use super::Stats;
use super::checkpoint::CHECKPOINT;
use super::fate::Fate;
use super::unit::{Unit, Verdict};
use crate::domain::clock::Clock;
use crate::store::error::StoreError;

/// The connection can no longer be trusted: not even ROLLBACK works on it.
pub(super) struct Broken;

pub(super) struct Batches {
    conn: SqliteConnection,
    fate: Arc<Fate>,
    size: usize,
    clock: Clock,
    log_is_long: Arc<AtomicBool>,
    stats: Arc<Stats>,
}

impl Batches {
    pub(super) async fn open(
        file: &SqliteConnectOptions,
        size: usize,
        clock: Clock,
        log_is_long: Arc<AtomicBool>,
        stats: Arc<Stats>,
    ) -> sqlx::Result<Self> {
        let (conn, fate) = connect(file).await?;
        stats.connections_opened.fetch_add(1, Ordering::Relaxed);
        Ok(Self { conn, fate, size, clock, log_is_long, stats })
    }

    pub(super) async fn reopen(&mut self, file: &SqliteConnectOptions) -> sqlx::Result<()> {
        (self.conn, self.fate) = connect(file).await?;
        self.stats.connections_opened.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Never waits for a batch to fill: what arrives during one commit is the next batch.
    pub(super) async fn serve(&mut self, waiting: &mut mpsc::Receiver<Unit>) -> Result<(), Broken> {
        let mut batch = Vec::with_capacity(self.size);
        while waiting.recv_many(&mut batch, self.size).await > 0 {
            let (late, due) = batch.drain(..).partition(|unit| unit.deadline().has_passed());
            answer_all(late, &StoreError::Late);
            self.settle(due).await?;
            if self.log_is_long.swap(false, Ordering::Relaxed)
                && let Err(cause) = self.execute(CHECKPOINT).await
            {
                tracing::warn!(%cause, "the long log could not be copied into the database file");
            }
        }
        Ok(())
    }

    /// Runs a batch in one transaction, and only then answers its callers.
    async fn settle(&mut self, mut batch: Vec<Unit>) -> Result<(), Broken> {
        if batch.is_empty() {
            return Ok(());
        }
        #[cfg(feature = "broken-controls")]
        if super::controls::answers_before_commit() {
            self.settle_wrongly(batch).await;
            return Ok(());
        }
        if let Err(cause) = self.begin().await {
            answer_all(batch, &cause);
            // Another process that holds the lock is no reason to distrust the connection.
            return if matches!(cause, StoreError::Contended(_)) { Ok(()) } else { Err(Broken) };
        }
        let cause = match self.run_and_commit(&mut batch).await {
            Ok(verdicts) => {
                batch.into_iter().zip(verdicts).for_each(|(unit, verdict)| unit.answer(verdict));
                return Ok(());
            }
            Err(cause) => cause,
        };
        if !self.fate.is_lost() && self.execute("ROLLBACK").await.is_err() {
            answer_all(batch, &cause);
            return Err(Broken);
        }
        if batch.len() == 1 {
            answer_all(batch, &cause);
            return Ok(());
        }
        // Nothing of the batch is in the database and nobody has heard anything: each unit again, alone.
        self.stats.batches_rerun.fetch_add(1, Ordering::Relaxed);
        let mut again = batch.into_iter();
        while let Some(unit) = again.next() {
            if Box::pin(self.settle(vec![unit])).await.is_err() {
                answer_all(again.collect(), &cause);
                return Err(Broken);
            }
        }
        Ok(())
    }

    /// `Ok` holds each unit's own verdict, committed. `Err` means that the transaction must end without a trace.
    async fn run_and_commit(&mut self, batch: &mut [Unit]) -> Result<Vec<Verdict>, StoreError> {
        let verdicts = self.run_all(batch).await?;
        self.commit().await?;
        self.stats.transactions.fetch_add(1, Ordering::Relaxed);
        self.stats.units.fetch_add(verdicts.len() as u64, Ordering::Relaxed);
        Ok(verdicts)
    }

    pub(super) async fn run_all(&mut self, batch: &mut [Unit]) -> Result<Vec<Verdict>, StoreError> {
        let now = self.clock.now();
        let shared = batch.len() > 1;
        let mut verdicts = Vec::with_capacity(batch.len());
        let mut marked = false;
        for unit in batch.iter_mut() {
            let savepoint = shared && !unit.is_single();
            if savepoint {
                // One trip to the connection's thread, not two: a third faster. Nesting them all unreleased takes 1.7
                // times as long for units of three inserts, because the saved copies of their pages pile up.
                self.execute(if marked { "RELEASE unit; SAVEPOINT unit" } else { "SAVEPOINT unit" }).await?;
                marked = true;
            }
            let verdict = unit.run(&mut self.conn, now).await;
            // Asked after success too: a unit that swallowed the fatal error went on outside of any transaction.
            if self.fate.is_lost() {
                return Err(verdict.err().unwrap_or(StoreError::RolledBack));
            }
            match &verdict {
                Ok(()) => {}
                Err(_) if savepoint => self.execute("ROLLBACK TO unit").await?,
                Err(cause) if shared && cause.undid_its_statement() => {}
                Err(cause) => return Err(cause.clone()),
            }
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }

    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        self.fate.begins();
        self.execute("BEGIN IMMEDIATE").await
    }

    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        self.fate.may_commit();
        self.execute("COMMIT").await
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement).execute(&mut self.conn).await?;
        Ok(())
    }
}

async fn connect(file: &SqliteConnectOptions) -> sqlx::Result<(SqliteConnection, Arc<Fate>)> {
    let mut conn = file.connect().await?;
    let fate = Arc::<Fate>::default();
    fate.watch(&mut conn).await?;
    Ok((conn, fate))
}

fn answer_all(batch: Vec<Unit>, cause: &StoreError) {
    for unit in batch {
        unit.answer(Err(cause.clone()));
    }
}
