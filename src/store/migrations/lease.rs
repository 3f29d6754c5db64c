//! Who may migrate: one row that processes take turns on, in a table that is there before any migration.
//!
//! The row is taken, kept and given back by conditional statements and their row counts (law 2 of the store), because
//! sqlx's lock does nothing on MariaDB and is local to a node on Galera. It is there for order and clear messages; what
//! keeps a migration from being recorded twice, should clocks differ by more than [`TERM`], is the primary key of
//! sqlx's record. Its table is made here and not by a migration, which would need it first.

use std::time::Duration;

use uuid::Uuid;

use super::{MigrationError, SchemaConnection, StoreError, record};
use crate::domain::clock::{Clock, Deadline, Timestamp};
use crate::sql;
use crate::store::sql::Sql;

/// How long a holder that says nothing keeps the lease. It is renewed before each file, and a file that runs longer
/// than this is a change to a large table, which is meant to be done by hand with the nodes told to wait.
const TERM: Duration = Duration::from_mins(1);
/// How long to wait for another holder: one term, should it have died, and half a term for it to finish.
pub(super) const WAIT: Duration = Duration::from_secs(90);
/// Four looks a second cost the server nothing and are not felt at a start.
const POLL: Duration = Duration::from_millis(250);
/// How often CREATE TABLE is tried. PostgreSQL's IF NOT EXISTS fails when two run at once, and the second try finds it
/// there; five leave room for a server that is slow to show it.
const CREATE_TRIES: usize = 5;

pub(super) const TABLE: &str = "schema_lease";
const CREATE: Sql = sql!(
    "CREATE TABLE IF NOT EXISTS schema_lease \
     (name TEXT NOT NULL PRIMARY KEY, holder BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT",
    mysql = "CREATE TABLE IF NOT EXISTS schema_lease \
             (name VARCHAR(64) NOT NULL, holder BINARY(16) NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (name)) \
             ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    postgres = "CREATE TABLE IF NOT EXISTS schema_lease \
                (name TEXT NOT NULL PRIMARY KEY, holder UUID NOT NULL, expires_at BIGINT NOT NULL)",
);
const CLAIM: Sql =
    sql!("UPDATE schema_lease SET holder = ?, expires_at = ? WHERE name = 'migrations' AND expires_at <= ?");
const CLAIM_FIRST: Sql = sql!("INSERT INTO schema_lease (name, holder, expires_at) VALUES ('migrations', ?, ?)");
const KEEP: Sql = sql!("UPDATE schema_lease SET expires_at = ? WHERE name = 'migrations' AND holder = ?");

/// The right to migrate, until it is released or has not been renewed for a [`TERM`].
#[derive(Debug)]
pub(super) struct Lease {
    holder: Uuid,
}

impl Lease {
    /// Takes the lease, after at most `wait` when somebody else holds it.
    pub(super) async fn take<C: SchemaConnection>(
        conn: &mut C,
        clock: &Clock,
        wait: Duration,
    ) -> Result<Self, MigrationError> {
        create(conn).await?;
        let lease = Self { holder: Uuid::new_v4() };
        if lease.claim(conn, clock.now()).await? || lease.claim_first(conn, clock.now()).await? {
            return Ok(lease);
        }
        tracing::info!("another process is migrating the database; waiting for it");
        let deadline = Deadline::within(wait);
        while !deadline.has_passed() {
            tokio::time::sleep(POLL.min(deadline.remaining())).await;
            if lease.claim(conn, clock.now()).await? {
                return Ok(lease);
            }
        }
        Err(MigrationError::Busy { waited_seconds: wait.as_secs() })
    }

    /// Holds the lease for another term; an error when somebody else has taken it.
    pub(super) async fn renew<C: SchemaConnection>(&self, conn: &mut C, clock: &Clock) -> Result<(), MigrationError> {
        if self.keep_until(conn, clock.now().plus(TERM)).await? { Ok(()) } else { Err(MigrationError::LeaseLost) }
    }

    /// Gives the lease back. The row stays, expired. A failure only makes the next one wait for the term to end, so it
    /// is no failure of what was done.
    pub(super) async fn release<C: SchemaConnection>(self, conn: &mut C) {
        match self.keep_until(conn, Timestamp::default()).await {
            Ok(_) => {}
            Err(cause) => tracing::warn!(%cause, "the migration lease could not be given back; it will expire"),
        }
    }

    async fn keep_until<C: SchemaConnection>(&self, conn: &mut C, moment: Timestamp) -> sqlx::Result<bool> {
        let mut conn = conn.conn(moment);
        let rows = conn.query(KEEP).bind(moment.as_micros()).bind(self.holder).execute().await?;
        Ok(rows == 1)
    }

    async fn claim<C: SchemaConnection>(&self, conn: &mut C, now: Timestamp) -> Result<bool, StoreError> {
        let mut conn = conn.conn(now);
        let until = now.plus(TERM).as_micros();
        won(conn.query(CLAIM).bind(self.holder).bind(until).bind(now.as_micros()).execute().await)
    }

    async fn claim_first<C: SchemaConnection>(&self, conn: &mut C, now: Timestamp) -> Result<bool, StoreError> {
        let mut conn = conn.conn(now);
        won(conn.query(CLAIM_FIRST).bind(self.holder).bind(now.plus(TERM).as_micros()).execute().await)
    }
}

/// One row is ours; none, a key that is taken, and a transaction that another one beat mean that somebody was faster.
fn won(outcome: sqlx::Result<u64>) -> Result<bool, StoreError> {
    match outcome.map_err(StoreError::from) {
        Ok(rows) => Ok(rows == 1),
        Err(StoreError::Conflict(_) | StoreError::Contended(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

async fn create<C: SchemaConnection>(conn: &mut C) -> Result<(), MigrationError> {
    let mut last = None;
    for _ in 0..CREATE_TRIES {
        if record::exists(conn, TABLE).await? {
            return Ok(());
        }
        match conn.conn(Timestamp::default()).query(CREATE).execute().await {
            Ok(_) => return Ok(()),
            Err(cause) => last = Some(cause),
        }
        tokio::time::sleep(POLL).await;
    }
    last.map_or(Ok(()), |cause| Err(cause.into()))
}

#[cfg(test)]
mod tests {
    use sqlx::Connection;
    use sqlx::sqlite::SqliteConnection;

    use super::*;

    const IMPATIENT: Duration = Duration::from_millis(10);

    async fn database() -> (SqliteConnection, Clock) {
        let conn = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        (conn, Clock::by_hand(Timestamp::from_micros(1_000_000)))
    }

    #[tokio::test]
    async fn one_holder_at_a_time_and_the_next_one_after_its_release() {
        let (mut conn, clock) = database().await;
        let first = Lease::take(&mut conn, &clock, IMPATIENT).await.unwrap();
        let second = Lease::take(&mut conn, &clock, IMPATIENT).await;
        assert!(matches!(second, Err(MigrationError::Busy { waited_seconds: 0 })), "{second:?}");
        first.release(&mut conn).await;
        Lease::take(&mut conn, &clock, Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn a_holder_that_says_nothing_loses_the_lease_after_its_term() {
        let (mut conn, clock) = database().await;
        let silent = Lease::take(&mut conn, &clock, IMPATIENT).await.unwrap();
        clock.advance(TERM.saturating_sub(Duration::from_micros(1)));
        assert!(Lease::take(&mut conn, &clock, IMPATIENT).await.is_err());
        clock.advance(Duration::from_micros(1));
        let heir = Lease::take(&mut conn, &clock, IMPATIENT).await.unwrap();
        assert!(matches!(silent.renew(&mut conn, &clock).await, Err(MigrationError::LeaseLost)));
        silent.release(&mut conn).await;
        heir.renew(&mut conn, &clock).await.unwrap();
    }

    #[tokio::test]
    async fn a_holder_that_renews_keeps_the_lease() {
        let (mut conn, clock) = database().await;
        let lease = Lease::take(&mut conn, &clock, IMPATIENT).await.unwrap();
        for _ in 0..3 {
            clock.advance(TERM.saturating_sub(Duration::from_secs(1)));
            lease.renew(&mut conn, &clock).await.unwrap();
        }
        assert!(Lease::take(&mut conn, &clock, IMPATIENT).await.is_err());
    }
}
