//! Why a backup was not taken, or not put back.

use std::io;
use std::path::PathBuf;

use crate::store::error::StoreError;
use crate::store::migrations::MigrationError;
use crate::store::schema::SchemaError;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("{} is there already", .0.display())]
    ThereAlready(PathBuf),
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    #[error("the program {program} is not there; it comes with the package {package}")]
    ProgramMissing { program: &'static str, package: &'static str },
    #[error("{program} failed: {said}")]
    ProgramFailed { program: &'static str, said: String },
    #[error("what {0} wrote has no end: the dump is not whole")]
    Endless(&'static str),
    #[error("the user name or the password has a character that cannot stand in an option file")]
    Unquotable,

    #[error("the manifest cannot be read: {0}")]
    NoManifest(String),
    #[error("it was made under another SECRET_KEY ({theirs}; here it is {ours})")]
    OtherKey { theirs: String, ours: String },
    #[error("the manifest is not as it was written")]
    Forged,
    #[error("it is a backup of {theirs}, and this database is {ours}")]
    OtherKind { theirs: String, ours: &'static str },
    #[error("it has migration {at:04}, and this version knows them up to {head:04}")]
    Ahead { at: i64, head: i64 },
    #[error("the file is {found} bytes long and should be {bytes}")]
    Truncated { bytes: u64, found: u64 },
    #[error("the file is not as it was written (its SHA-256 differs)")]
    Damaged,
    #[error("what is in the file is not sound: {0}")]
    Unsound(String),
    #[error("the database holds {users} users")]
    HoldsUsers { users: u64 },
    #[error("the file that is there cannot be read as a database: {0}")]
    Unreadable(String),
    #[error("the database is in use")]
    InUse,
}

impl From<sqlx::Error> for BackupError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl From<MigrationError> for BackupError {
    fn from(cause: MigrationError) -> Self {
        Self::Schema(cause.into())
    }
}

impl BackupError {
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { path, cause }
    }
}
