//! An SQLite database as a file: copied while others write it, looked at, and held alone.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::error::BackupError;
use crate::domain::clock::Deadline;
use crate::store::one_connection::OneConnection;
use crate::store::schema;

/// How long whoever holds the file may take to let go of it: a pool that was just closed does within milliseconds.
const ALONE_PATIENCE: Duration = Duration::from_secs(3);
const ALONE_POLL: Duration = Duration::from_millis(50);

/// What writes the copies: SQLite is part of this program.
pub(super) fn version() -> String {
    format!("keystead {} (VACUUM INTO)", env!("CARGO_PKG_VERSION"))
}

/// One moment of the database, into an empty file. Whoever writes it goes on; what is still in its log is in the copy.
pub(super) async fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut conn = schema::open_file(from).await?;
    let Some(name) = to.to_str() else {
        let cause = std::io::Error::other("the path is not UTF-8");
        return Err(BackupError::File { path: to.to_owned(), cause });
    };
    let copied = sqlx::query("VACUUM INTO ?").bind(name.to_owned()).execute(&mut conn).await;
    let _closed = conn.close().await;
    copied?;
    Ok(())
}

/// For reading only, by whoever is the only one who knows of it: nothing is written beside it.
pub(super) async fn open_copy(path: &Path) -> Result<OneConnection, BackupError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    Ok(OneConnection::Sqlite(options.connect().await?))
}

/// # Errors
/// [`BackupError::Unsound`], in SQLite's words.
pub(super) async fn is_sound(path: &Path) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let mut conn = options.connect().await?;
    let said: sqlx::Result<String> = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut conn).await;
    let _closed = conn.close().await;
    match said {
        Ok(said) if said == "ok" => Ok(()),
        Ok(said) => Err(BackupError::Unsound(said)),
        Err(cause) => Err(BackupError::Unsound(cause.to_string())),
    }
}

/// Everything that is in the log beside the file goes into the file, which is then whole by itself. Connections of this
/// process may still be open, as long as they do nothing.
///
/// # Errors
/// [`BackupError::InUse`] where one of them does.
pub(super) async fn fold(path: &Path) -> Result<(), BackupError> {
    let mut conn = schema::open_file(path).await?;
    let folded: sqlx::Result<(i64, i64, i64)> =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut conn).await;
    let _closed = conn.close().await;
    let (busy, ..) = folded?;
    if busy == 0 { Ok(()) } else { Err(BackupError::InUse) }
}

/// Nobody else has the file open, nor opens it until this is dropped; its log is in it and gone from beside it.
pub(super) struct Alone(SqliteConnection);

impl Alone {
    /// Whoever has a database in WAL mode open holds a lock on it all the while, so taking it out of that mode succeeds
    /// only for one who is alone with it.
    ///
    /// # Errors
    /// [`BackupError::InUse`], or [`BackupError::Unreadable`] where it is no database.
    pub(super) async fn with(path: &Path) -> Result<Self, BackupError> {
        let deadline = Deadline::within(ALONE_PATIENCE);
        loop {
            match Self::attempt(path).await {
                Err(BackupError::InUse) if !deadline.has_passed() => tokio::time::sleep(ALONE_POLL).await,
                done => return done,
            }
        }
    }

    async fn attempt(path: &Path) -> Result<Self, BackupError> {
        let unreadable = |cause: sqlx::Error| BackupError::Unreadable(cause.to_string());
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(Duration::ZERO);
        let mut conn = options.connect().await.map_err(unreadable)?;
        let held = async {
            sqlx::raw_sql("PRAGMA locking_mode = EXCLUSIVE").execute(&mut conn).await?;
            let mode: String = sqlx::query_scalar("PRAGMA journal_mode = DELETE").fetch_one(&mut conn).await?;
            sqlx::raw_sql("BEGIN EXCLUSIVE; COMMIT").execute(&mut conn).await?;
            Ok(mode)
        };
        match held.await {
            Ok(mode) if mode == "delete" => Ok(Self(conn)),
            Ok(_) => Err(BackupError::InUse),
            Err(cause) if is_busy(&cause) => Err(BackupError::InUse),
            Err(cause) => Err(unreadable(cause)),
        }
    }

    pub(super) async fn let_go(self) {
        let _closed = self.0.close().await;
    }
}

/// `SQLITE_BUSY` and `SQLITE_LOCKED`, with their extended codes.
fn is_busy(cause: &sqlx::Error) -> bool {
    let sqlx::Error::Database(refusal) = cause else { return false };
    let code = refusal.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}
