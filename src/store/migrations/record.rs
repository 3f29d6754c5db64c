//! What the database says it has: sqlx's table `_sqlx_migrations`, held against the files that this program carries.

use std::collections::HashMap;

use sqlx::migrate::MigrateError;

use super::embedded::Embedded;
use super::{MigrationError, SchemaConnection, Timestamp, head};
use crate::sql;
use crate::store::sql::Sql;

pub(super) const TABLE: &str = "_sqlx_migrations";

/// Counts the tables of this name in the schema that unqualified names mean.
const TABLES_OF_NAME: Sql = sql!(
    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?",
    mysql = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
    postgres = "SELECT COUNT(*) FROM pg_catalog.pg_class WHERE oid = to_regclass($1)",
);

pub(super) async fn exists<C: SchemaConnection>(conn: &mut C, table: &'static str) -> sqlx::Result<bool> {
    count(conn, TABLES_OF_NAME, Some(table)).await.map(|tables| tables > 0)
}

/// Makes the record when there is none. Only under the lease: on PostgreSQL two CREATE TABLE IF NOT EXISTS collide.
pub(super) async fn prepare<C: SchemaConnection>(conn: &mut C) -> Result<(), MigrationError> {
    if !exists(conn, TABLE).await? {
        conn.ensure_migrations_table(TABLE).await?;
    }
    Ok(())
}

/// The versions that the database has, in order; an error when they are not the ones that this program carries.
pub(super) async fn applied<C: SchemaConnection>(conn: &mut C) -> Result<Vec<i64>, MigrationError> {
    if !exists(conn, TABLE).await? {
        return Ok(Vec::new());
    }
    let known: HashMap<i64, &'static Embedded> = C::EMBEDDED.iter().map(|step| (step.version, step)).collect();
    let ahead = |version| MigrationError::Ahead { version, head: head() };
    if let Some(version) = conn.dirty_version(TABLE).await? {
        let step = known.get(&version).ok_or_else(|| ahead(version))?;
        return Err(MigrationError::Dirty { version, name: step.name });
    }
    let mut versions = Vec::new();
    for found in conn.list_applied_migrations(TABLE).await? {
        let step = known.get(&found.version).ok_or_else(|| ahead(found.version))?;
        if step.up().checksum != found.checksum {
            return Err(MigrationError::Changed { version: step.version, name: step.name });
        }
        versions.push(found.version);
    }
    Ok(versions)
}

/// Takes back the record of a migration that the database refused. MySQL commits it before it looks at the statement;
/// one DDL statement that is refused has done nothing, so the next run may simply try again. A connection that broke
/// says nothing of the kind, and there the record stays, as [`MigrationError::Dirty`]. The other databases keep none.
pub(super) async fn forget_refused<C: SchemaConnection>(conn: &mut C, step: &Embedded, cause: &MigrateError) {
    const FORGET: Sql = sql!("DELETE FROM _sqlx_migrations WHERE version = ? AND success = FALSE");
    let MigrateError::ExecuteMigration(sqlx::Error::Database(_), _) = cause else { return };
    let mut conn = conn.conn(Timestamp::default());
    if let Err(cause) = conn.query(FORGET).bind(step.version).execute().await {
        tracing::warn!(version = step.version, %cause, "the record of a refused migration could not be taken back");
    }
}

/// Which of the tables that these steps' downs would drop or change hold a row.
pub(super) async fn tables_with_rows<C: SchemaConnection>(
    conn: &mut C,
    steps: &[&'static Embedded],
) -> sqlx::Result<Vec<&'static str>> {
    let mut tables = Vec::new();
    for loss in steps.iter().flat_map(|step| step.loses) {
        if !tables.contains(&loss.table) && count(conn, loss.probe, None).await? > 0 {
            tables.push(loss.table);
        }
    }
    Ok(tables)
}

async fn count<C: SchemaConnection>(conn: &mut C, sql: Sql, bound: Option<&'static str>) -> sqlx::Result<i64> {
    // These statements tell no time.
    let mut conn = conn.conn(Timestamp::default());
    let mut statement = conn.query(sql);
    if let Some(value) = bound {
        statement = statement.bind(value);
    }
    statement.one::<(i64,)>().await.map(|(count,)| count)
}
