//! Why a database could not be brought to the schema that was asked for. Each error names the migration it is about.

use sqlx::migrate::MigrateError;

use super::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// MySQL and MariaDB commit around DDL, so a process that died there leaves a record that says "begun".
    #[error("migration {version:04}_{name} was begun and not finished: whoever ran it has died, or is still at it")]
    Dirty { version: i64, name: &'static str },
    #[error(
        "migration {version:04}_{name} was applied with another text than this program carries (its checksum differs)"
    )]
    Changed { version: i64, name: &'static str },
    #[error(
        "the database has migration {version:04}, and this program knows them up to {head:04}: a newer one was here"
    )]
    Ahead { version: i64, head: i64 },
    #[error("there is no migration {version}: they go up to {head}, and 0 is an empty database")]
    Unknown { version: i64, head: i64 },
    #[error("going down would drop rows of {}", tables.join(", "))]
    WouldLoseData { tables: Vec<&'static str> },
    #[error("another process has been migrating this database for over {waited_seconds} s")]
    Busy { waited_seconds: u64 },
    #[error("another process took over while this one was migrating: the schema is in its hands now")]
    LeaseLost,
    #[error("migration {version:04}_{name} failed: {cause}")]
    Failed { version: i64, name: &'static str, cause: MigrateError },
    #[error("the record of migrations cannot be read: {0}")]
    Record(#[from] MigrateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for MigrationError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}
