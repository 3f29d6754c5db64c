//! What the sweeper asks for: keys of dead rows, and their deletion in small keyed batches.
//!
//! Keys are read outside of the deleting unit, so a batch holds locks only while it deletes. A row that came back to
//! life in between cannot be: nothing that has ended begins again. But for the counts of the throttle, which are asked
//! once more while they are deleted.

use std::time::Duration;

use uuid::Uuid;

use super::conn::{Conn, Statement};
use super::leases::{self, Lease};
use super::query::{Access, Query};
use super::sql::Sql;
use crate::domain::clock::Timestamp;
use crate::sql;

/// The lease under which one node at a time sweeps.
pub const SWEEPING: &str = "sweeping";

/// A kind of row that dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// Sessions past their absolute end, with their families.
    ExpiredSessions,
    /// Sessions that were ended, with their families.
    EndedSessions,
    Revocations,
    OneTimeTokens,
    /// Mail that has left.
    SentMail,
    /// Mail that could not be sent.
    LostMail,
    /// Counts whose windows are over, by their first failure.
    Throttles,
}

/// What a row is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadKey {
    Id(Uuid),
    Hash(Vec<u8>),
}

impl Dead {
    pub const ALL: [Self; 7] = [
        Self::ExpiredSessions,
        Self::EndedSessions,
        Self::Revocations,
        Self::OneTimeTokens,
        Self::SentMail,
        Self::LostMail,
        Self::Throttles,
    ];

    const fn find(self) -> Sql {
        match self {
            Self::ExpiredSessions => sql!("SELECT id FROM sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ?"),
            Self::EndedSessions => sql!("SELECT id FROM sessions WHERE revoked_at < ? ORDER BY revoked_at LIMIT ?"),
            Self::Revocations => sql!("SELECT id FROM revocations WHERE expires_at < ? ORDER BY expires_at LIMIT ?"),
            Self::OneTimeTokens => {
                sql!("SELECT id FROM one_time_tokens WHERE expires_at < ? ORDER BY expires_at LIMIT ?")
            }
            Self::SentMail => sql!("SELECT id FROM outbox WHERE sent_at < ? ORDER BY sent_at LIMIT ?"),
            // The moment that never comes (`outbox::NEVER`), and how long ago the mail was written.
            Self::LostMail => sql!(
                "SELECT id FROM outbox WHERE sent_at IS NULL AND next_attempt_at = 9223372036854775807 \
                 AND created_at < ? LIMIT ?"
            ),
            Self::Throttles => {
                sql!("SELECT key_hash FROM throttles WHERE first_failure_at < ? ORDER BY first_failure_at LIMIT ?")
            }
        }
    }
}

/// Keys of rows that have been dead since before `since`, the longest dead first.
pub struct FindDead {
    pub dead: Dead,
    pub since: Timestamp,
    pub limit: u16,
}

#[derive(sqlx::FromRow)]
struct Id {
    id: Uuid,
}

#[derive(sqlx::FromRow)]
struct Hash {
    key_hash: Vec<u8>,
}

impl Query for FindDead {
    const ACCESS: Access = Access::Read;
    type Output = Vec<DeadKey>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<DeadKey>> {
        let found = conn.query(self.dead.find()).bind(self.since).bind(i64::from(self.limit));
        Ok(match self.dead {
            Dead::Throttles => found.all().await?.into_iter().map(|row: Hash| DeadKey::Hash(row.key_hash)).collect(),
            Dead::ExpiredSessions
            | Dead::EndedSessions
            | Dead::Revocations
            | Dead::OneTimeTokens
            | Dead::SentMail
            | Dead::LostMail => found.all().await?.into_iter().map(|row: Id| DeadKey::Id(row.id)).collect(),
        })
    }
}

/// Since when the longest dead row of a kind has been dead. `None`: there is none, or nothing says it.
pub struct OldestDead(pub Dead);

#[derive(sqlx::FromRow)]
struct Oldest {
    at: Option<Timestamp>,
}

impl Query for OldestDead {
    const ACCESS: Access = Access::Read;
    type Output = Option<Timestamp>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Timestamp>> {
        let find = match self.0 {
            Dead::ExpiredSessions => sql!("SELECT MIN(expires_at) AS at FROM sessions"),
            Dead::EndedSessions => sql!("SELECT MIN(revoked_at) AS at FROM sessions WHERE revoked_at IS NOT NULL"),
            Dead::Revocations => sql!("SELECT MIN(expires_at) AS at FROM revocations"),
            Dead::OneTimeTokens => sql!("SELECT MIN(expires_at) AS at FROM one_time_tokens"),
            Dead::SentMail => sql!("SELECT MIN(sent_at) AS at FROM outbox WHERE sent_at IS NOT NULL"),
            // In no order by which it died; there is little of it.
            Dead::LostMail => return Ok(None),
            Dead::Throttles => sql!("SELECT MIN(first_failure_at) AS at FROM throttles"),
        };
        let Oldest { at } = conn.query(find).one().await?;
        Ok(at)
    }
}

/// Deletes one batch, if the lease is still the sweeper's.
pub struct DeleteDead {
    pub dead: Dead,
    pub keys: Vec<DeadKey>,
    /// As they were found.
    pub since: Timestamp,
    pub lease: Lease,
    pub lease_ttl: Duration,
}

impl Query for DeleteDead {
    /// Rows deleted (a session's family is not counted), or `None` when the lease has changed hands.
    type Output = Option<u64>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<u64>> {
        if !leases::hold(conn, SWEEPING, self.lease, self.lease_ttl).await? {
            return Ok(None);
        }
        let deleted = match self.dead {
            Dead::ExpiredSessions | Dead::EndedSessions => {
                delete_keys(conn, keyed_delete!("refresh_tokens", "session_id"), &self.keys).await?;
                delete_keys(conn, keyed_delete!("sessions", "id"), &self.keys).await?
            }
            Dead::Revocations => delete_keys(conn, keyed_delete!("revocations", "id"), &self.keys).await?,
            Dead::OneTimeTokens => delete_keys(conn, keyed_delete!("one_time_tokens", "id"), &self.keys).await?,
            Dead::SentMail | Dead::LostMail => delete_keys(conn, keyed_delete!("outbox", "id"), &self.keys).await?,
            Dead::Throttles => {
                let statements = keyed_delete!("throttles", "first_failure_at < ? AND key_hash");
                delete_where(conn, statements, Some(self.since), &self.keys).await?
            }
        };
        Ok(Some(deleted))
    }
}

/// The same DELETE for 64, 8 and 1 keys: any number of rows in few statements, none of them made from data.
macro_rules! keyed_delete {
    ($table:literal, $key:literal) => {
        [
            (64, sql!(concat!("DELETE FROM ", $table, " WHERE ", $key, " IN (", marks!(64), ")"))),
            (8, sql!(concat!("DELETE FROM ", $table, " WHERE ", $key, " IN (", marks!(8), ")"))),
            (1, sql!(concat!("DELETE FROM ", $table, " WHERE ", $key, " IN (", marks!(1), ")"))),
        ]
    };
}

macro_rules! marks {
    (1) => {
        "?"
    };
    (8) => {
        "?, ?, ?, ?, ?, ?, ?, ?"
    };
    (64) => {
        concat!(
            marks!(8),
            ", ",
            marks!(8),
            ", ",
            marks!(8),
            ", ",
            marks!(8),
            ", ",
            marks!(8),
            ", ",
            marks!(8),
            ", ",
            marks!(8),
            ", ",
            marks!(8)
        )
    };
}
pub(super) use {keyed_delete, marks};

/// What a statement names a row by.
pub(super) trait Key {
    fn bind<'c>(&self, statement: Statement<'c>) -> Statement<'c>;
}

impl Key for Uuid {
    fn bind<'c>(&self, statement: Statement<'c>) -> Statement<'c> {
        statement.bind(*self)
    }
}

impl Key for DeadKey {
    fn bind<'c>(&self, statement: Statement<'c>) -> Statement<'c> {
        match self {
            Self::Id(id) => statement.bind(*id),
            Self::Hash(hash) => statement.bind(hash.clone()),
        }
    }
}

/// In few statements and in the order of the keys.
pub(super) async fn delete_keys<K: Key>(
    conn: &mut Conn<'_>,
    statements: [(usize, Sql); 3],
    keys: &[K],
) -> sqlx::Result<u64> {
    delete_where(conn, statements, None, keys).await
}

/// With a moment that the statement asks for before its keys.
async fn delete_where<K: Key>(
    conn: &mut Conn<'_>,
    statements: [(usize, Sql); 3],
    moment: Option<Timestamp>,
    keys: &[K],
) -> sqlx::Result<u64> {
    let mut rest = keys;
    let mut deleted = 0;
    for (arity, sql) in statements {
        while let Some((now, later)) = rest.split_at_checked(arity) {
            let statement = moment.into_iter().fold(conn.query(sql), Statement::bind);
            let statement = now.iter().fold(statement, |statement, key| key.bind(statement));
            deleted += statement.execute().await?;
            rest = later;
        }
    }
    Ok(deleted)
}
