//! What can become of a unit of work that did not succeed. Absence and lost races are outcomes of queries, not errors.

use std::sync::Arc;

use sqlx::error::ErrorKind;

#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Two units contended and the database chose the other one. The unit is undone; another run may succeed.
    #[error("the database undid the unit of work in favour of another: {0}")]
    Contended(Arc<sqlx::Error>),
    /// A unique key is taken. A query that inserts looks for itself on its next run, and then says who holds it.
    #[error("a unique key is taken: {0}")]
    Conflict(Arc<sqlx::Error>),
    /// The connection is gone, or none could be had. Whether a COMMIT under way was heard is unknown.
    #[error("the database is out of reach: {0}")]
    Unreachable(Arc<sqlx::Error>),
    #[error("the database did not answer in time")]
    Late,
    #[error("the unit of work panicked")]
    Panicked,
    /// SQLite rolled back the transaction that this unit shared with others.
    #[error("the database rolled the transaction back")]
    RolledBack,
    #[error("the store has been closed")]
    Closed,
    /// A statement that the database understood and refused, or a row that this version cannot read: a defect.
    #[error("the database refused the unit of work: {0}")]
    Refused(Arc<sqlx::Error>),
}

impl StoreError {
    /// Whether to run the unit again: its work is undone, or it recognises its own work.
    pub fn is_worth_another_run(&self) -> bool {
        match self {
            Self::Contended(_) | Self::Conflict(_) | Self::Unreachable(_) | Self::RolledBack => true,
            Self::Late | Self::Panicked | Self::Closed | Self::Refused(_) => false,
        }
    }

    /// Whether SQLite has undone just the failed statement. Any other failure came after one that may have worked.
    pub(super) fn undid_its_statement(&self) -> bool {
        match self {
            Self::Contended(cause) | Self::Conflict(cause) | Self::Refused(cause) => {
                matches!(**cause, sqlx::Error::Database(_))
            }
            Self::Unreachable(_) | Self::Late | Self::Panicked | Self::RolledBack | Self::Closed => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(cause: sqlx::Error) -> Self {
        let make = match &cause {
            sqlx::Error::Database(refusal) if refusal.kind() == ErrorKind::UniqueViolation => Self::Conflict,
            sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
                Some(SQLITE_CONSTRAINT_COMMITHOOK) => return Self::RolledBack,
                Some(code) if is_contention(code) || is_lock_timeout(refusal.as_ref()) => Self::Contended,
                Some(code) if is_outage(code) || cannot_write(refusal.as_ref()) => Self::Unreachable,
                Some(_) | None => Self::Refused,
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unreachable,
            sqlx::Error::AnyDriverError(cause) if cause.is::<Overtaken>() => Self::Contended,
            sqlx::Error::PoolClosed => return Self::Closed,
            _ => Self::Refused,
        };
        make(Arc::new(cause))
    }
}

/// Two units looked at the same, and the other one wrote first.
#[derive(Debug, thiserror::Error)]
#[error("another unit of work was first")]
struct Overtaken;

/// For a unit that has looked, written, and found by a row count that it looked too early: as an error it undoes all of
/// the unit, whose next run sees what the other one has done and gives the verdict.
pub(super) fn overtaken() -> sqlx::Error {
    sqlx::Error::AnyDriverError(Box::new(Overtaken))
}

/// The writer's hook refused a commit: the unit had lost its transaction, passed over that, and gone on without one.
const SQLITE_CONSTRAINT_COMMITHOOK: &str = "531";

/// Serialization failure and deadlock (SQLSTATE 40001, which is also MySQL's 1213; 40P01), PostgreSQL's lock timeout
/// (55P03), and SQLite's BUSY and LOCKED with their extended codes.
fn is_contention(code: &str) -> bool {
    const SQLITE_BUSY: u32 = 5;
    const SQLITE_LOCKED: u32 = 6;
    let is_sqlites =
        code.len() < 5 && code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, SQLITE_BUSY | SQLITE_LOCKED));
    is_sqlites || matches!(code, "40001" | "40P01" | "55P03")
}

/// MySQL says "lock wait timeout" with the catch-all SQLSTATE HY000; only its number tells.
fn is_lock_timeout(refusal: &dyn sqlx::error::DatabaseError) -> bool {
    const ER_LOCK_WAIT_TIMEOUT: u16 = 1205;
    mysql_number(refusal) == Some(ER_LOCK_WAIT_TIMEOUT)
}

/// More that MySQL says as HY000 or with a class of no meaning: the disk or the table's file is full (1021, 1114), the
/// COMMIT failed (1180), the server only reads, as one does that has just been replaced (1290, 1836), and a SELECT that
/// outlived its time (3024, MySQL only).
fn cannot_write(refusal: &dyn sqlx::error::DatabaseError) -> bool {
    mysql_number(refusal).is_some_and(|number| matches!(number, 1021 | 1114 | 1180 | 1290 | 1836 | 3024))
}

fn mysql_number(refusal: &dyn sqlx::error::DatabaseError) -> Option<u16> {
    refusal.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(sqlx::mysql::MySqlDatabaseError::number)
}

/// A server that is starting, stopping, full, or has ended the connection (SQLSTATE classes 08, 53, 57P and 58; MySQL's
/// 08S01 and 70100), a statement that outlived its time (57014), a server that only reads (25006), and SQLite's I/O
/// error, full disk, and a file that cannot be opened, is read-only or holds no database.
fn is_outage(code: &str) -> bool {
    const SQLITE_OUTAGES: [u32; 5] = [8, 10, 13, 14, 26];
    if code.len() < 5 {
        return code.parse::<u32>().is_ok_and(|code| SQLITE_OUTAGES.contains(&(code & 0xff)));
    }
    ["08", "25006", "53", "57", "58", "70100"].iter().any(|class| code.starts_with(class))
}
