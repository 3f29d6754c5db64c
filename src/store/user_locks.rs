//! `users.locked_at`: an account that nobody gets into until an administrator says so.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::one_time_tokens::{self, Kind};
use super::query::Query;
use super::sessions::{self, EndUserSessions};
use super::{administrators, revocations, roles, throttles, users};
use crate::domain::clock::Timestamp;
use crate::domain::revocation::Revocation;
use crate::domain::session::EndReason;
use crate::sql;

/// Locks an account, and signs it out everywhere.
pub struct LockUser {
    pub user_id: Uuid,
    pub access_ttl: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserLocked {
    Yes(Revocation),
    Before,
    /// There would be no administrator left who can sign in.
    LastAdministrator,
    NoSuchUser,
}

#[derive(sqlx::FromRow)]
struct LockRow {
    locked_at: Option<Timestamp>,
}

impl Query for LockUser {
    type Output = UserLocked;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<UserLocked> {
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(UserLocked::Yes(done));
        }
        administrators::guard(conn).await?;
        users::hold(conn, self.user_id).await?;
        match lock_of(conn, self.user_id).await? {
            None => return Ok(UserLocked::NoSuchUser),
            Some(LockRow { locked_at: Some(_) }) => return Ok(UserLocked::Before),
            Some(LockRow { locked_at: None }) => {}
        }
        if roles::is_last_administrator(conn, self.user_id).await? {
            return Ok(UserLocked::LastAdministrator);
        }
        let now = conn.now();
        conn.query(sql!("UPDATE users SET locked_at = ?, updated_at = ? WHERE id = ?"))
            .bind(now)
            .bind(now)
            .bind(self.user_id)
            .execute()
            .await?;
        // What was begun before leads nowhere, also once the lock is taken off.
        for kind in [Kind::ResetPassword, Kind::MfaChallenge, Kind::PasswordChange] {
            one_time_tokens::withdraw(conn, kind, Some(self.user_id)).await?;
        }
        let (user_id, reason, access_ttl) = (self.user_id, EndReason::AccountLocked, self.access_ttl);
        let ended = sessions::end_all_of(conn, &EndUserSessions { user_id, except: None, reason, access_ttl }).await?;
        Ok(ended.map_or(UserLocked::NoSuchUser, UserLocked::Yes))
    }
}

async fn lock_of(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<Option<LockRow>> {
    conn.query(sql!("SELECT locked_at FROM users WHERE id = ?")).bind(user_id).optional().await
}

/// Takes the lock off, and forgets what was counted against the account: whoever waits because others have guessed, or
/// because they mistyped, need not any longer.
pub struct UnlockUser {
    pub user_id: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserUnlocked {
    /// What there was.
    Yes {
        lock: bool,
        failures: bool,
    },
    /// There was neither; or an earlier run of this unit has taken it off.
    Before,
    NoSuchUser,
}

impl Query for UnlockUser {
    type Output = UserUnlocked;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<UserUnlocked> {
        let now = conn.now();
        let unlocked = conn
            .query(sql!("UPDATE users SET locked_at = NULL, updated_at = ? WHERE id = ? AND locked_at IS NOT NULL"))
            .bind(now)
            .bind(self.user_id)
            .execute()
            .await?;
        if unlocked == 0 && lock_of(conn, self.user_id).await?.is_none() {
            return Ok(UserUnlocked::NoSuchUser);
        }
        let forgotten = throttles::forget_account(conn, self.user_id).await?;
        let (lock, failures) = (unlocked > 0, forgotten > 0);
        Ok(if lock || failures { UserUnlocked::Yes { lock, failures } } else { UserUnlocked::Before })
    }
}
