//! How much a sweep would take away, without taking it.

use super::conn::Conn;
use super::query::{Access, Query};
use super::sql::Sql;
use super::sweeping::Dead;
use crate::domain::clock::Timestamp;
use crate::sql;

/// Rows counted at most: a count of more would take longer than a statement may, and says no more to anybody.
pub const COUNTED_MAX: u32 = 1_000_000;

/// Rows of a kind that have been dead since before `since`; [`COUNTED_MAX`] stands for as many or more. A session that
/// was ended and has expired is counted with those that have expired, so that the kinds can be added up.
pub struct CountDead {
    pub dead: Dead,
    pub since: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Counted {
    counted: i64,
}

impl CountDead {
    const fn find(&self) -> Sql {
        match self.dead {
            Dead::ExpiredSessions => {
                sql!("SELECT COUNT(*) AS counted FROM (SELECT id FROM sessions WHERE expires_at < ? LIMIT ?) AS dead")
            }
            Dead::EndedSessions => sql!(
                "SELECT COUNT(*) AS counted FROM \
                 (SELECT id FROM sessions WHERE revoked_at < ? AND expires_at >= ? LIMIT ?) AS dead"
            ),
            Dead::Revocations => sql!(
                "SELECT COUNT(*) AS counted FROM (SELECT id FROM revocations WHERE expires_at < ? LIMIT ?) AS dead"
            ),
            Dead::OneTimeTokens => sql!(
                "SELECT COUNT(*) AS counted FROM (SELECT id FROM one_time_tokens WHERE expires_at < ? LIMIT ?) AS dead"
            ),
            Dead::SentMail => {
                sql!("SELECT COUNT(*) AS counted FROM (SELECT id FROM outbox WHERE sent_at < ? LIMIT ?) AS dead")
            }
            Dead::LostMail => sql!(
                "SELECT COUNT(*) AS counted FROM (SELECT id FROM outbox WHERE sent_at IS NULL \
                 AND next_attempt_at = 9223372036854775807 AND created_at < ? LIMIT ?) AS dead"
            ),
            Dead::Throttles => sql!(
                "SELECT COUNT(*) AS counted FROM (SELECT key_hash FROM throttles WHERE first_failure_at < ? LIMIT ?) \
                 AS dead"
            ),
        }
    }
}

impl Query for CountDead {
    const ACCESS: Access = Access::Read;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let count = conn.query(self.find()).bind(self.since);
        let count = if self.dead == Dead::EndedSessions { count.bind(self.since) } else { count };
        let Counted { counted } = count.bind(i64::from(COUNTED_MAX)).one().await?;
        Ok(counted.unsigned_abs())
    }
}
