//! `sessions`, as lists for those whose they are.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::domain::page::{Page, PageCursor, PageRequest};
use crate::domain::session::SessionRecord;
use crate::sql;

/// The columns of a [`SessionRow`], and where they come from. A session has one family.
macro_rules! select_sessions {
    () => {
        "SELECT s.id, s.created_at, s.auth_time, s.expires_at, s.amr, s.ip, s.user_agent, s.revoked_at, s.revoke_reason, \
         s.auth_epoch, u.auth_epoch AS user_epoch, r.rotated_at, r.expires_at AS idle_expires_at FROM sessions s \
         JOIN users u ON u.id = s.user_id JOIN refresh_tokens r ON r.session_id = s.id WHERE s.user_id = ?"
    };
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    created_at: Timestamp,
    auth_time: Timestamp,
    expires_at: Timestamp,
    amr: String,
    ip: Option<String>,
    user_agent: Option<String>,
    revoked_at: Option<Timestamp>,
    revoke_reason: Option<String>,
    auth_epoch: i64,
    user_epoch: i64,
    rotated_at: Option<Timestamp>,
    idle_expires_at: Timestamp,
}

impl SessionRow {
    fn record(self, now: Timestamp) -> SessionRecord {
        let lives = self.revoked_at.is_none()
            && self.auth_epoch == self.user_epoch
            && self.expires_at.min(self.idle_expires_at) > now;
        SessionRecord {
            id: self.id,
            created_at: self.created_at,
            last_used_at: self.rotated_at.unwrap_or(self.created_at),
            authenticated_at: self.auth_time,
            expires_at: self.expires_at,
            amr: self.amr,
            ip: self.ip,
            user_agent: self.user_agent,
            lives,
            revoked_at: self.revoked_at,
            revoke_reason: self.revoke_reason,
        }
    }
}

/// A user's sessions that live, newest first.
pub struct ListSessions {
    pub user_id: Uuid,
    pub page: PageRequest,
}

impl Query for ListSessions {
    const ACCESS: Access = Access::Read;
    type Output = Page<SessionRecord>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Page<SessionRecord>> {
        let (now, after) = (conn.now(), self.page.place());
        let rows: Vec<SessionRow> = conn
            .query(sql!(concat!(
                select_sessions!(),
                " AND s.revoked_at IS NULL AND s.auth_epoch = u.auth_epoch AND s.expires_at > ? AND r.expires_at > ? \
                 AND (s.created_at < ? OR (s.created_at = ? AND s.id < ?)) ORDER BY s.created_at DESC, s.id DESC LIMIT ?"
            )))
            .bind(self.user_id)
            .bind(now)
            .bind(now)
            .bind(after.at)
            .bind(after.at)
            .bind(after.id)
            .bind(self.page.rows())
            .all()
            .await?;
        let records = rows.into_iter().map(|row| row.record(now)).collect();
        Ok(Page::cut(records, self.page, |record| PageCursor { at: record.created_at, id: record.id }))
    }
}

/// Every session of a user that there still is a row of, newest first.
pub(super) async fn all(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<Vec<SessionRecord>> {
    let now = conn.now();
    let rows: Vec<SessionRow> = conn
        .query(sql!(concat!(select_sessions!(), " ORDER BY s.created_at DESC, s.id DESC")))
        .bind(user_id)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.record(now)).collect())
}

/// Whether a session is this user's, living or ended. It never becomes anybody else's.
pub struct IsSessionOf {
    pub session_id: Uuid,
    pub user_id: Uuid,
}

#[derive(sqlx::FromRow)]
struct Key {
    #[expect(dead_code, reason = "that there is a row is the answer")]
    id: Uuid,
}

impl Query for IsSessionOf {
    const ACCESS: Access = Access::Read;
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let found: Option<Key> = conn
            .query(sql!("SELECT id FROM sessions WHERE id = ? AND user_id = ?"))
            .bind(self.session_id)
            .bind(self.user_id)
            .optional()
            .await?;
        Ok(found.is_some())
    }
}
