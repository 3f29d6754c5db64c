//! Backups: one file and, beside it, a manifest that says what it is.
//!
//! Of SQLite the file is a database again, one consistent moment of one that may be in use; of a server it is the SQL that
//! `mysqldump` or `pg_dump` writes. The manifest is signed under `SECRET_KEY`, so whoever can only write the backups' disk
//! cannot have a file of their own put back. What is put back is checked before anything is touched, and is there whole or
//! not at all where the database can do that (docs/backup.md). Ending sessions afterwards is for the flows.

mod checking;
mod error;
mod manifest;
mod options_file;
mod programs;
mod putting_back;
mod sqlite_file;
mod taking;

pub use self::checking::{Checked, Keys, check, users_there};
pub use self::error::BackupError;
pub use self::manifest::{Manifest, manifest_of};
pub use self::putting_back::{InPlace, Staged, stage};
pub use self::taking::{Taken, take};

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A part of it begins, of so many bytes; `None`: nobody knows.
    Part(&'static str, Option<u64>),
    Done(u64),
}
