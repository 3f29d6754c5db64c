//! What the sweeper asks for: keys of dead rows, and their deletion in small keyed batches.
//!
//! Keys are read outside of the deleting unit, so a batch holds locks only while it deletes. A row that came back to
//! life in between cannot be: nothing that has ended begins again.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
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
}

impl Dead {
    pub const ALL: [Self; 6] = [
        Self::ExpiredSessions,
        Self::EndedSessions,
        Self::Revocations,
        Self::OneTimeTokens,
        Self::SentMail,
        Self::LostMail,
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
struct Key {
    id: Uuid,
}

impl Query for FindDead {
    const ACCESS: Access = Access::Read;
    type Output = Vec<Uuid>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Uuid>> {
        let rows: Vec<Key> = conn.query(self.dead.find()).bind(self.since).bind(i64::from(self.limit)).all().await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

/// Deletes one batch, if the lease is still the sweeper's.
pub struct DeleteDead {
    pub dead: Dead,
    pub ids: Vec<Uuid>,
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
                delete_keys(conn, keyed_delete!("refresh_tokens", "session_id"), &self.ids).await?;
                delete_keys(conn, keyed_delete!("sessions", "id"), &self.ids).await?
            }
            Dead::Revocations => delete_keys(conn, keyed_delete!("revocations", "id"), &self.ids).await?,
            Dead::OneTimeTokens => delete_keys(conn, keyed_delete!("one_time_tokens", "id"), &self.ids).await?,
            Dead::SentMail | Dead::LostMail => delete_keys(conn, keyed_delete!("outbox", "id"), &self.ids).await?,
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

/// In few statements and in the order of the keys.
pub(super) async fn delete_keys(
    conn: &mut Conn<'_>,
    statements: [(usize, Sql); 3],
    keys: &[Uuid],
) -> sqlx::Result<u64> {
    let mut rest = keys;
    let mut deleted = 0;
    for (arity, sql) in statements {
        while let Some((now, later)) = rest.split_at_checked(arity) {
            let statement = now.iter().fold(conn.query(sql), |statement, key| statement.bind(*key));
            deleted += statement.execute().await?;
            rest = later;
        }
    }
    Ok(deleted)
}
