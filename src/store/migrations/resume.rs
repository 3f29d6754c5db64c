//! A migration that was begun and not finished goes on, or is taken back.
//!
//! MySQL and MariaDB commit around each DDL statement, so a process that died leaves a record that says "begun". A file is
//! one statement there, and the statement happens wholly or not at all: whether it did can be seen in the schema.

use std::time::Duration;

use super::effect::{Effect, Mark};
use super::embedded::Embedded;
use super::lease::{self, Lease};
use super::{MigrationError, SchemaConnection, Step, Timestamp, record};
use crate::domain::clock::{Clock, Deadline};
use crate::sql;
use crate::store::sql::Sql;

/// How often to look whether the server is done with a statement whose client has died.
const POLL: Duration = Duration::from_millis(250);

const COLUMNS: Sql = sql!(
    "SELECT COUNT(*) FROM pragma_table_info(?) WHERE name = ?",
    mysql = "SELECT COUNT(*) FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?",
    postgres = "SELECT COUNT(*) FROM pg_catalog.pg_attribute \
                WHERE attrelid = to_regclass($1) AND attname::text = $2 AND NOT attisdropped",
);
const INDEXES: Sql = sql!(
    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND name = ?",
    mysql = "SELECT COUNT(*) FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ?",
    postgres = "SELECT COUNT(*) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                WHERE i.indrelid = to_regclass($1) AND c.relname::text = $2",
);
/// Statements of others that change the schema: the server goes on with one for a while after its client has died.
const UNDER_WAY: Sql = sql!(
    "SELECT 0",
    mysql = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() \
             AND (info LIKE '%CREATE %' OR info LIKE '%ALTER %' OR info LIKE '%DROP %')",
    postgres = "SELECT CAST(0 AS BIGINT)",
);
const DONE: Sql = sql!("UPDATE _sqlx_migrations SET success = TRUE WHERE version = ? AND success = FALSE");
const NOT_DONE: Sql = sql!("DELETE FROM _sqlx_migrations WHERE version = ? AND success = FALSE");

/// What was found: the migration, and whether the database has it. `None` where nothing was left half done.
///
/// # Errors
/// [`MigrationError`]; `Busy` where somebody is still at it.
pub async fn resume<C: SchemaConnection>(conn: &mut C, clock: &Clock) -> Result<Option<Step>, MigrationError> {
    if dirty(conn).await?.is_none() {
        return Ok(None);
    }
    let lease = Lease::take(conn, clock, lease::WAIT).await?;
    let done = settle(conn).await;
    lease.release(conn).await;
    done
}

async fn dirty<C: SchemaConnection>(conn: &mut C) -> Result<Option<&'static Embedded>, MigrationError> {
    if !record::exists(conn, record::TABLE).await? {
        return Ok(None);
    }
    let Some(version) = conn.dirty_version(record::TABLE).await? else { return Ok(None) };
    let known = C::EMBEDDED.iter().find(|step| step.version == version);
    known.map(Some).ok_or_else(|| MigrationError::Ahead { version, head: super::head() })
}

async fn settle<C: SchemaConnection>(conn: &mut C) -> Result<Option<Step>, MigrationError> {
    let deadline = Deadline::within(lease::WAIT);
    while count(conn, UNDER_WAY, &[]).await? > 0 {
        if deadline.has_passed() {
            return Err(MigrationError::Busy { waited_seconds: lease::WAIT.as_secs() });
        }
        tokio::time::sleep(POLL).await;
    }
    // Read again, now that nobody else is at it.
    let Some(step) = dirty(conn).await? else { return Ok(None) };
    let is_there = match Effect::of(step.up).mark {
        Some(Mark::Table(table)) => record::exists(conn, table).await?,
        Some(Mark::Column { table, column }) => count(conn, COLUMNS, &[table, column]).await? > 0,
        Some(Mark::Index { table, index }) => count(conn, INDEXES, &[table, index]).await? > 0,
        None => return Err(MigrationError::Dirty { version: step.version, name: step.name }),
    };
    let settled = if is_there { DONE } else { NOT_DONE };
    conn.conn(Timestamp::default()).query(settled).bind(step.version).execute().await?;
    tracing::info!(version = step.version, name = step.name, is_there, "an unfinished migration was settled");
    Ok(Some(step.told(is_there)))
}

async fn count<C: SchemaConnection>(conn: &mut C, sql: Sql, bound: &[&'static str]) -> sqlx::Result<i64> {
    let mut conn = conn.conn(Timestamp::default());
    let statement = bound.iter().fold(conn.query(sql), |statement, value| statement.bind(*value));
    statement.one::<(i64,)>().await.map(|(count,)| count)
}
