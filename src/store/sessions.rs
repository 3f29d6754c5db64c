//! `sessions`: one sign-in on one device, from its beginning to its end.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use super::revocations;
use crate::domain::clock::Timestamp;
use crate::domain::revocation::{Revocation, What};
use crate::domain::session::{EndReason, NewSession, SessionLimit};
use crate::sql;

/// Sessions that one sign-in ends at the most, four statements each: far more than one has to, unless the operator has
/// just set the limit lower. Then the rest goes with the sign-ins that follow.
const ENDED_AT_ONCE: i64 = 32;

/// Begins a session with its family of refresh tokens. The gate is repeated here, because a user can be locked while
/// the password is being hashed: the UPDATE holds the user's row, and no row is a refusal.
pub struct OpenSession(pub NewSession);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// With the ends of the sessions that had to go for it: this node learns of them at once.
    Yes(Vec<Revocation>),
    /// The account was locked, disabled, deleted, or its sessions were ended since it was looked at.
    Refused,
}

impl Query for OpenSession {
    type Output = Opened;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Opened> {
        open(conn, &self.0).await
    }
}

/// For every unit at whose end a session begins.
pub(super) async fn open(conn: &mut Conn<'_>, new: &NewSession) -> sqlx::Result<Opened> {
    let now = conn.now();
    let admitted = conn
        .query(sql!(
            "UPDATE users SET last_login = ? WHERE id = ? AND auth_epoch = ? AND active = TRUE AND locked_at IS NULL"
        ))
        .bind(now)
        .bind(new.user_id)
        .bind(new.auth_epoch)
        .execute()
        .await?;
    if admitted == 0 {
        return Ok(Opened::Refused);
    }
    let inserted = conn
        .query(sql!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at, auth_time, auth_epoch, amr, ip, user_agent) \
                 SELECT ?, u.id, ?, ?, ?, u.auth_epoch, ?, ?, ? FROM users u \
                 WHERE u.id = ? AND u.auth_epoch = ? AND u.active = TRUE AND u.locked_at IS NULL \
                 AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = ?)"
        ))
        .bind(new.id)
        .bind(now)
        .bind(new.expires_at)
        .bind(new.auth_time)
        .bind(new.amr.clone())
        .bind(new.ip.clone())
        .bind(new.user_agent.clone())
        .bind(new.user_id)
        .bind(new.auth_epoch)
        .bind(new.id)
        .execute()
        .await?;
    if inserted == 0 {
        // Although the user was admitted: an earlier run of this very unit was committed. What it ended stands in the
        // log, which every node reads.
        return Ok(Opened::Yes(Vec::new()));
    }
    insert_family(conn, new).await?;
    match new.limit {
        Some(limit) => Ok(Opened::Yes(end_oldest(conn, new, limit).await?)),
        None => Ok(Opened::Yes(Vec::new())),
    }
}

async fn insert_family(conn: &mut Conn<'_>, new: &NewSession) -> sqlx::Result<u64> {
    let now = conn.now();
    conn.query(sql!(
        "INSERT INTO refresh_tokens (id, session_id, user_id, mac_key_id, generation, expires_at, revoked, created_at) \
             VALUES (?, ?, ?, ?, 0, ?, ?, ?)"
    ))
    .bind(new.family_id)
    .bind(new.id)
    .bind(new.user_id)
    .bind(new.mac_key_id)
    .bind(new.idle_expires_at)
    .bind(false)
    .bind(now)
    .execute()
    .await
}

/// Ends the oldest sessions that live, until no more are left than there may be.
///
/// Units that begin sessions of one user wait for each other: the UPDATE with which [`open`] begins holds the user's row
/// until its COMMIT (on SQLite there is one writer anyway). READ COMMITTED shows this SELECT all that was committed
/// before it, so it counts every session but those of units that still wait, and these will count this one. Between
/// Galera's nodes no lock is held, but both have written the user's row, so only one of them is certified, and the other
/// runs again.
async fn end_oldest(conn: &mut Conn<'_>, new: &NewSession, limit: SessionLimit) -> sqlx::Result<Vec<Revocation>> {
    let now = conn.now();
    let beyond: Vec<Key> = conn
        .query(sql!(
            "SELECT s.id FROM sessions s JOIN refresh_tokens r ON r.session_id = s.id \
             WHERE s.user_id = ? AND s.id <> ? AND s.auth_epoch = ? AND s.revoked_at IS NULL AND s.expires_at > ? \
             AND r.expires_at > ? ORDER BY s.created_at DESC, s.id DESC LIMIT ? OFFSET ?"
        ))
        .bind(new.user_id)
        .bind(new.id)
        .bind(new.auth_epoch)
        .bind(now)
        .bind(now)
        .bind(ENDED_AT_ONCE)
        .bind(i64::from(limit.sessions.get()) - 1)
        .all()
        .await?;
    let mut ended = Vec::new();
    for Key { id } in beyond {
        let what = What::Session { session_id: id, user_id: new.user_id };
        let revocation = Revocation::new(now, what, EndReason::SessionLimit.word(), limit.access_ttl);
        if end_session(conn, &revocation, id, new.user_id).await? {
            ended.push(revocation);
        }
    }
    Ok(ended)
}

/// Ends one session of one user.
pub struct EndSession {
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub reason: EndReason,
    pub access_ttl: Duration,
}

/// What became of one session. The revocation is there whether or not this very call ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub revocation: Revocation,
    /// It lived until now.
    pub is_new: bool,
}

impl Query for EndSession {
    type Output = Ended;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Ended> {
        let now = conn.now();
        let what = What::Session { session_id: self.session_id, user_id: self.user_id };
        let revocation =
            Revocation { id: conn.unit(), ..Revocation::new(now, what, self.reason.word(), self.access_ttl) };
        let is_new = end_session(conn, &revocation, self.session_id, self.user_id).await?;
        Ok(Ended { revocation, is_new })
    }
}

/// For units that end sessions one by one. Whether it was this call that ended it.
pub(super) async fn end_session(
    conn: &mut Conn<'_>,
    revocation: &Revocation,
    session_id: Uuid,
    user_id: Uuid,
) -> sqlx::Result<bool> {
    let ended = conn
        .query(sql!(
            "UPDATE sessions SET revoked_at = ?, revoke_reason = ? WHERE id = ? AND user_id = ? AND revoked_at IS NULL"
        ))
        .bind(revocation.at)
        .bind(revocation.reason.clone())
        .bind(session_id)
        .bind(user_id)
        .execute()
        .await?;
    if ended == 0 {
        return Ok(false);
    }
    // Written too, so that on Galera a rotation under way fails its certification (law 6).
    conn.query(sql!("UPDATE refresh_tokens SET revoked = ? WHERE session_id = ?"))
        .bind(true)
        .bind(session_id)
        .execute()
        .await?;
    revocations::write(conn, revocation).await?;
    Ok(true)
}

/// Ends every session of a user by raising its epoch; the one that is kept moves along.
pub struct EndUserSessions {
    pub user_id: Uuid,
    pub except: Option<Uuid>,
    pub reason: EndReason,
    pub access_ttl: Duration,
}

#[derive(sqlx::FromRow)]
struct Key {
    id: Uuid,
}

#[derive(sqlx::FromRow)]
struct Epoch {
    auth_epoch: i64,
}

impl Query for EndUserSessions {
    /// `None` when there is no such user.
    type Output = Option<Revocation>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Revocation>> {
        end_all_of(conn, self).await
    }
}

/// For units that change what somebody signs in with, and so end what was begun with it. At most once in a unit, whose
/// id the revocation carries: a repeated run finds it, and raises nothing again. `None` when there is no such user.
pub(super) async fn end_all_of(conn: &mut Conn<'_>, end: &EndUserSessions) -> sqlx::Result<Option<Revocation>> {
    // A counter that is raised twice would also end what began between the two runs.
    if let Some(done) = revocations::find(conn, conn.unit()).await? {
        return Ok(Some(done));
    }
    conn.query(sql!("UPDATE users SET auth_epoch = auth_epoch + 1 WHERE id = ?")).bind(end.user_id).execute().await?;
    let raised: Option<Epoch> =
        conn.query(sql!("SELECT auth_epoch FROM users WHERE id = ?")).bind(end.user_id).optional().await?;
    let Some(Epoch { auth_epoch: epoch }) = raised else {
        return Ok(None);
    };
    if let Some(kept) = end.except {
        // Only a session that is alive, that is of the epoch before, moves along.
        conn.query(sql!(
            "UPDATE sessions SET auth_epoch = ? WHERE id = ? AND user_id = ? AND auth_epoch = ? AND revoked_at IS NULL"
        ))
        .bind(epoch)
        .bind(kept)
        .bind(end.user_id)
        .bind(epoch - 1)
        .execute()
        .await?;
    }
    let what = What::User { user_id: end.user_id, epoch, except: end.except };
    let revocation =
        Revocation { id: conn.unit(), ..Revocation::new(conn.now(), what, end.reason.word(), end.access_ttl) };
    revocations::write(conn, &revocation).await?;
    Ok(Some(revocation))
}

/// What the database itself says of a session, for when memory may be out of date.
pub struct FindSessionState {
    pub session_id: Uuid,
}

#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct SessionState {
    pub revoked_at: Option<Timestamp>,
    pub expires_at: Timestamp,
    pub session_epoch: i64,
    pub user_epoch: i64,
    pub claims_version: i64,
    pub active: bool,
    pub locked_at: Option<Timestamp>,
}

impl Query for FindSessionState {
    const ACCESS: Access = Access::Read;
    type Output = Option<SessionState>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<SessionState>> {
        conn.query(sql!(
            "SELECT s.revoked_at, s.expires_at, s.auth_epoch AS session_epoch, u.auth_epoch AS user_epoch, \
             u.claims_version, u.active, u.locked_at FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?"
        ))
        .bind(self.session_id)
        .optional()
        .await
    }
}
