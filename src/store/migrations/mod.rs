//! The schema: which migrations there are, which a database has, and the way up and down.
//!
//! Promises that processes which migrate at once take turns (by a lease of our own), that nothing is dropped while it
//! holds rows unless the caller allows it, and that each error names the migration it is about. It goes by sqlx's
//! record (`_sqlx_migrations`) and way to apply a file, and not by sqlx's lock, which is none on MariaDB and on Galera.
//! It does not open connections: give it one without a statement timeout, since building an index takes its time.

mod effect;
mod embedded;
mod error;
mod lease;
mod next;
mod record;
mod resume;

use sqlx::migrate::Migrate;
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;

use super::conn::{Conn, Link};
use super::error::StoreError;
use crate::domain::clock::{Clock, Timestamp};
use embedded::{Embedded, MYSQL, POSTGRES, SQLITE};
use lease::Lease;

pub use error::MigrationError;
pub use next::{NewFile, SlugError, next_triplet};
pub use resume::resume;

/// What belongs to the schema itself: sqlx's record, and the lease.
pub(super) const BOOKKEEPING: [&str; 2] = [RECORD, lease::TABLE];
pub(super) const RECORD: &str = record::TABLE;

/// Whether the database has a table of this name.
pub(super) async fn has_table<C: SchemaConnection>(conn: &mut C, table: &'static str) -> sqlx::Result<bool> {
    record::exists(conn, table).await
}

/// The tables that a migration makes, and those that it changes.
pub(super) fn touched<C: SchemaConnection>(_: &C, version: i64) -> (Vec<&'static str>, Vec<&'static str>) {
    let step = C::EMBEDDED.iter().find(|step| step.version == version);
    let effect = step.map(|step| effect::Effect::of(step.up)).unwrap_or_default();
    (effect.makes, effect.changes)
}

/// The tables whose rows its down drops.
pub(super) fn losses<C: SchemaConnection>(_: &C, version: i64) -> Vec<&'static str> {
    let step = C::EMBEDDED.iter().find(|step| step.version == version);
    step.map(|step| step.loses.iter().map(|loss| loss.table).collect()).unwrap_or_default()
}

/// One migration, and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub version: i64,
    pub name: &'static str,
    pub applied: bool,
}

/// A connection whose database can be migrated. SQLite, MySQL and PostgreSQL connections are.
pub trait SchemaConnection: Migrate + Send + private::Private {}

mod private {
    use super::{Conn, Embedded, Timestamp};

    pub trait Private {
        const EMBEDDED: &'static [Embedded];
        fn conn(&mut self, now: Timestamp) -> Conn<'_>;
    }
}
use private::Private;

impl SchemaConnection for SqliteConnection {}
impl Private for SqliteConnection {
    const EMBEDDED: &'static [Embedded] = &SQLITE;
    fn conn(&mut self, now: Timestamp) -> Conn<'_> {
        Conn::new(Link::Sqlite(self), now)
    }
}

impl SchemaConnection for MySqlConnection {}
impl Private for MySqlConnection {
    const EMBEDDED: &'static [Embedded] = &MYSQL;
    fn conn(&mut self, now: Timestamp) -> Conn<'_> {
        Conn::new(Link::MySql(self), now)
    }
}

impl SchemaConnection for PgConnection {}
impl Private for PgConnection {
    const EMBEDDED: &'static [Embedded] = &POSTGRES;
    fn conn(&mut self, now: Timestamp) -> Conn<'_> {
        Conn::new(Link::Postgres(self), now)
    }
}

/// The newest migration of this version of the program.
pub fn head() -> i64 {
    SQLITE.last().map_or(0, |last| last.version)
}

/// What the database has of what there is, in order. Changes nothing, not even on an empty database.
///
/// # Errors
/// [`MigrationError::Ahead`] (which a node may serve under: migrations are additive, so that versions N and N − 1 can
/// run side by side), [`MigrationError::Dirty`], [`MigrationError::Changed`], or the store's own.
pub async fn status<C: SchemaConnection>(conn: &mut C) -> Result<Vec<Step>, MigrationError> {
    let applied = record::applied(conn).await?;
    Ok(C::EMBEDDED.iter().map(|step| step.told(applied.contains(&step.version))).collect())
}

/// Brings the database up to migration `to`, or to the newest, and says what that took; nothing when it is there.
///
/// # Errors
/// As [`status`]; [`MigrationError::Unknown`] for a `to` that there is not; [`MigrationError::Busy`] when another
/// process migrates and does not come to an end; [`MigrationError::Failed`] names the migration that could not be
/// applied, and those before it stay.
pub async fn upgrade<C: SchemaConnection>(
    conn: &mut C,
    to: Option<i64>,
    clock: &Clock,
) -> Result<Vec<Step>, MigrationError> {
    let to = to.unwrap_or_else(head);
    known::<C>(to)?;
    if pending::<C>(&record::applied(conn).await?, to).is_empty() {
        return Ok(Vec::new());
    }
    let lease = Lease::take(conn, clock, lease::WAIT).await?;
    let done = apply_pending(conn, to, &lease, clock).await;
    lease.release(conn).await;
    done
}

async fn apply_pending<C: SchemaConnection>(
    conn: &mut C,
    to: i64,
    lease: &Lease,
    clock: &Clock,
) -> Result<Vec<Step>, MigrationError> {
    record::prepare(conn).await?;
    // Read again, now that nobody else migrates.
    let pending = pending::<C>(&record::applied(conn).await?, to);
    let mut done = Vec::new();
    for step in pending {
        lease.renew(conn, clock).await?;
        if let Err(cause) = conn.apply(record::TABLE, &step.up()).await {
            record::forget_refused(conn, step, &cause).await;
            return Err(step.failed(cause));
        }
        tracing::info!(version = step.version, name = step.name, "migration applied");
        done.push(step.told(true));
    }
    Ok(done)
}

/// Takes the database back down to migration `to` (0 for an empty one) and says what was undone, newest first.
///
/// # Errors
/// As [`upgrade`]; [`MigrationError::WouldLoseData`] names the tables that hold rows and would be dropped or changed,
/// unless `allow_data_loss`; then nothing has been undone yet.
pub async fn downgrade<C: SchemaConnection>(
    conn: &mut C,
    to: i64,
    allow_data_loss: bool,
    clock: &Clock,
) -> Result<Vec<Step>, MigrationError> {
    known::<C>(to)?;
    if undoable::<C>(&record::applied(conn).await?, to).is_empty() {
        return Ok(Vec::new());
    }
    let lease = Lease::take(conn, clock, lease::WAIT).await?;
    let done = revert_applied(conn, to, allow_data_loss, &lease, clock).await;
    lease.release(conn).await;
    done
}

async fn revert_applied<C: SchemaConnection>(
    conn: &mut C,
    to: i64,
    allow_data_loss: bool,
    lease: &Lease,
    clock: &Clock,
) -> Result<Vec<Step>, MigrationError> {
    let steps = undoable::<C>(&record::applied(conn).await?, to);
    if !allow_data_loss {
        let tables = record::tables_with_rows(conn, &steps).await?;
        if !tables.is_empty() {
            return Err(MigrationError::WouldLoseData { tables });
        }
    }
    let mut done = Vec::new();
    for step in steps {
        lease.renew(conn, clock).await?;
        conn.revert(record::TABLE, &step.down()).await.map_err(|cause| step.failed(cause))?;
        tracing::info!(version = step.version, name = step.name, "migration undone");
        done.push(step.told(false));
    }
    Ok(done)
}

fn known<C: SchemaConnection>(version: i64) -> Result<(), MigrationError> {
    if version == 0 || C::EMBEDDED.iter().any(|step| step.version == version) {
        return Ok(());
    }
    Err(MigrationError::Unknown { version, head: head() })
}

fn pending<C: SchemaConnection>(applied: &[i64], to: i64) -> Vec<&'static Embedded> {
    C::EMBEDDED.iter().filter(|step| step.version <= to && !applied.contains(&step.version)).collect()
}

fn undoable<C: SchemaConnection>(applied: &[i64], to: i64) -> Vec<&'static Embedded> {
    C::EMBEDDED.iter().rev().filter(|step| step.version > to && applied.contains(&step.version)).collect()
}
