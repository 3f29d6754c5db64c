//! `sessions`, looked for and ended by what they have in common: in small batches, each its own unit.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use super::sql::Sql;
use super::{revocations, sessions};
use crate::domain::clock::Timestamp;
use crate::domain::revocation::{Revocation, What};
use crate::domain::session::EndReason;
use crate::domain::session_filter::SessionFilter;
use crate::sql;

/// Those that live, in the order of their ids. An index leads to each kind: its user's, its address's, or the primary
/// key, which is in the order of time because ids are UUIDv7. Nearly all sessions have not ended: PostgreSQL sees that in
/// its statistics, and for the others COALESCE keeps the columns from leading to an index of their own.
macro_rules! living {
    ($led:literal, $has_not_ended:literal) => {
        concat!(
            "SELECT s.id, s.user_id FROM sessions s JOIN users u ON u.id = s.user_id WHERE ",
            $led,
            "s.id > ? AND s.id < ? AND ",
            $has_not_ended,
            " AND s.created_at < ? AND s.auth_epoch = u.auth_epoch AND s.id <> ? ORDER BY s.id LIMIT ?"
        )
    };
    ($led:literal) => {
        sql!(
            living!($led, "COALESCE(s.revoked_at, 0) = 0 AND COALESCE(s.expires_at, 0) > ?"),
            postgres = sql!(living!($led, "s.revoked_at IS NULL AND s.expires_at > ?")).postgres,
        )
    };
}

const OF_USER: Sql = living!("s.user_id = ? AND (? OR s.ip = ?) AND ");
const OF_IP: Sql = living!("s.ip = ? AND ");
const OF_ANYBODY: Sql = living!("");

/// The next that live of those that are meant.
pub struct FindLiving {
    pub filter: SessionFilter,
    /// The one that asks; it stays.
    pub except: Option<Uuid>,
    /// The last id of the batch before.
    pub after: Uuid,
    pub limit: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LivingSession {
    pub id: Uuid,
    pub user_id: Uuid,
}

impl Query for FindLiving {
    const ACCESS: Access = Access::Read;
    type Output = Vec<LivingSession>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<LivingSession>> {
        let (now, filter) = (conn.now(), &self.filter);
        let led = match (filter.user_id, &filter.ip) {
            (Some(user_id), ip) => {
                let text = ip.clone().unwrap_or_default();
                conn.query(OF_USER).bind(user_id).bind(ip.is_none()).bind(text)
            }
            (None, Some(ip)) => conn.query(OF_IP).bind(ip.clone()),
            (None, None) => conn.query(OF_ANYBODY),
        };
        led.bind(self.after)
            .bind(filter.ids_end())
            .bind(now)
            .bind(filter.before.unwrap_or(Timestamp::from_micros(i64::MAX)))
            .bind(self.except.unwrap_or_default())
            .bind(i64::from(self.limit))
            .all()
            .await
    }
}

/// Ends one batch. What has ended meanwhile is passed over.
pub struct EndSessions {
    /// Each with the id of its revocation: by it a repeated run knows its work.
    pub sessions: Vec<(LivingSession, Uuid)>,
    pub reason: EndReason,
    pub access_ttl: Duration,
}

impl Query for EndSessions {
    /// Of those that this unit ended.
    type Output = Vec<Revocation>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Revocation>> {
        let now = conn.now();
        let mut ended = Vec::with_capacity(self.sessions.len());
        for (session, id) in &self.sessions {
            let what = What::Session { session_id: session.id, user_id: session.user_id };
            let revocation = Revocation { id: *id, ..Revocation::new(now, what, self.reason.word(), self.access_ttl) };
            if sessions::end_session(conn, &revocation, session.id, session.user_id).await? {
                ended.push(revocation);
            } else if let Some(done) = revocations::find(conn, *id).await? {
                ended.push(done);
            }
        }
        Ok(ended)
    }
}

/// Whose a session is, living or ended.
pub struct FindOwner {
    pub session_id: Uuid,
}

impl Query for FindOwner {
    const ACCESS: Access = Access::Read;
    type Output = Option<LivingSession>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<LivingSession>> {
        conn.query(sql!("SELECT id, user_id FROM sessions WHERE id = ?")).bind(self.session_id).optional().await
    }
}
