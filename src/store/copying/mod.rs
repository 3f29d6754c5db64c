//! A whole database into an empty one, of whichever kind either is.
//!
//! What is read is one moment of the source, row by row and never a table at once; what is written is one transaction of
//! the target, so it has everything or nothing. Before that is committed each table is read back, and its count and an
//! order-independent digest must be those of the source. Decides nothing about which database it may write to.

mod digest;
mod rows;

use futures_util::TryStreamExt as _;

use self::digest::Digest;
use self::rows::{Row, read, write};
use super::error::StoreError;
use super::migrations::{MigrationError, Step};
use super::one_connection::OneConnection;
use super::schema::{self, SchemaError};
use super::tables::{TABLES, Table};
use crate::config::database::DatabaseSettings;
use crate::domain::clock::Clock;

/// Rows of one statement, which come from memory: 23 columns of 64 rows are 1,472 values, far below what each database
/// takes (SQLite 32,766, the servers 65,535).
const BATCH: usize = 64;

/// A table that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub table: &'static str,
    pub rows: u64,
    /// Of all its rows, whatever their order.
    pub digest: [u8; 32],
}

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("the {which} has migration {at:04}, and this version copies at {head:04}")]
    Behind { which: &'static str, at: i64, head: i64 },
    #[error("the target is not empty: {table} holds rows")]
    NotEmpty { table: &'static str },
    #[error("{table} cannot be read: {cause}")]
    Read { table: &'static str, cause: StoreError },
    #[error("{table} cannot be written: {cause}")]
    Write { table: &'static str, cause: StoreError },
    #[error("{table} is not the same in the target: {rows} rows were read and {found} are there")]
    Differs { table: &'static str, rows: u64, found: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CopyError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl From<MigrationError> for CopyError {
    fn from(cause: MigrationError) -> Self {
        Self::Schema(cause.into())
    }
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many rows are to be copied, and then compared.
    Rows(u64),
    Begun(&'static str),
    Done(u64),
}

/// Makes the target where there is none, with the newest schema.
///
/// # Errors
/// [`CopyError::NotEmpty`] before anything is changed.
pub async fn prepare(to: &DatabaseSettings, clock: &Clock) -> Result<(), CopyError> {
    schema::create_database(to).await?;
    let mut target = OneConnection::open(to).await?;
    let holds = holding(&mut target).await;
    target.close().await;
    if let Some(table) = holds? {
        return Err(CopyError::NotEmpty { table });
    }
    schema::upgrade(to, None, clock).await?;
    Ok(())
}

/// The first table that holds a row.
async fn holding(target: &mut OneConnection) -> Result<Option<&'static str>, CopyError> {
    for table in target.tables().await? {
        if target.count(table.name).await? > 0 {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}

/// Copies every table. Both databases have the newest schema, and the target holds nothing; `tell` hears how far it is.
///
/// # Errors
/// [`CopyError`]; the target is then as empty as before.
pub async fn copy(
    from: &DatabaseSettings,
    to: &DatabaseSettings,
    mut tell: impl FnMut(Progress) + Send,
) -> Result<Vec<Copied>, CopyError> {
    let mut source = OneConnection::open(from).await?;
    let mut target = OneConnection::open(to).await?;
    let copied = copy_all(&mut source, &mut target, &mut tell).await;
    // The end of a connection undoes what it did not commit; a server hears of it now and not when it next looks.
    let _undone = if copied.is_err() { target.command("ROLLBACK").await } else { Ok(()) };
    source.close().await;
    target.close().await;
    copied
}

async fn copy_all(
    source: &mut OneConnection,
    target: &mut OneConnection,
    tell: &mut (impl FnMut(Progress) + Send),
) -> Result<Vec<Copied>, CopyError> {
    newest("source", &source.status().await?)?;
    newest("target", &target.status().await?)?;
    source.begin_reading().await?;
    target.command("BEGIN").await?;
    if let Some(table) = holding(target).await? {
        return Err(CopyError::NotEmpty { table });
    }
    let mut rows = 0;
    for table in TABLES {
        rows += source.count(table.name).await?;
    }
    // Each row is read, and read back.
    tell(Progress::Rows(2 * rows));
    let mut copied = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        tell(Progress::Begun(table.name));
        copied.push(copy_table(source, target, table, tell).await?);
    }
    for (table, copied) in TABLES.iter().zip(&copied) {
        compare(target, table, copied, tell).await?;
    }
    target.command("COMMIT").await?;
    source.command("COMMIT").await?;
    Ok(copied)
}

fn newest(which: &'static str, steps: &[Step]) -> Result<(), CopyError> {
    let at = steps.iter().filter(|step| step.applied).map(|step| step.version).max().unwrap_or(0);
    if steps.iter().all(|step| step.applied) {
        return Ok(());
    }
    Err(CopyError::Behind { which, at, head: super::migrations::head() })
}

async fn copy_table(
    source: &mut OneConnection,
    target: &mut OneConnection,
    table: &'static Table,
    tell: &mut (impl FnMut(Progress) + Send),
) -> Result<Copied, CopyError> {
    let unread = |cause: sqlx::Error| CopyError::Read { table: table.name, cause: cause.into() };
    let unwritten = |cause: sqlx::Error| CopyError::Write { table: table.name, cause: cause.into() };
    let (mut digest, mut batch) = (Digest::default(), Vec::<Row>::with_capacity(BATCH));
    let mut rows = read(source.link(), table);
    while let Some(row) = rows.try_next().await.map_err(unread)? {
        digest.add(&row);
        batch.push(row);
        if batch.len() == BATCH {
            write(target.link(), table, &batch).await.map_err(unwritten)?;
            tell(Progress::Done(BATCH as u64));
            batch.clear();
        }
    }
    for row in batch.chunks(1) {
        write(target.link(), table, row).await.map_err(unwritten)?;
    }
    tell(Progress::Done(batch.len() as u64));
    Ok(Copied { table: table.name, rows: digest.rows(), digest: digest.end() })
}

async fn compare(
    target: &mut OneConnection,
    table: &'static Table,
    copied: &Copied,
    tell: &mut (impl FnMut(Progress) + Send),
) -> Result<(), CopyError> {
    let mut digest = Digest::default();
    let mut rows = read(target.link(), table);
    let unread = |cause: sqlx::Error| CopyError::Read { table: table.name, cause: cause.into() };
    while let Some(row) = rows.try_next().await.map_err(unread)? {
        digest.add(&row);
        tell(Progress::Done(1));
    }
    let found = digest.rows();
    if (found, digest.end()) == (copied.rows, copied.digest) {
        return Ok(());
    }
    Err(CopyError::Differs { table: table.name, rows: copied.rows, found })
}
