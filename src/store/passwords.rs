//! Passwords as the tables hold them: the one in `users`, and those before it in `password_history`.
//!
//! Every unit that sets the password of an account that is there does it with [`set`].

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::entries::{self, Entry};
use super::one_time_tokens::{self, Kind};
use super::outbox::{self, NewMail};
use super::query::{Access, Query};
use super::sessions::{self, EndUserSessions, Opened};
use super::users::{CredentialsRow, user_columns};
use crate::domain::revocation::Revocation;
use crate::domain::session::EndReason;
use crate::sql;

/// A password to be set in place of the one that was looked at.
#[derive(Clone, Debug)]
pub struct SetPassword {
    pub user_id: Uuid,
    /// The user's when it was looked at.
    pub auth_epoch: i64,
    /// The stored hash when it was looked at; `None` where there was no password.
    pub old: Option<String>,
    /// PHC string with a salt of its own: by it a repeated run knows its work.
    pub new: String,
    /// How many passwords before this one are kept.
    pub history: u16,
    /// What its owner is told.
    pub letter: Option<NewMail>,
}

/// Sets a password. `false`, and nothing is changed, where the account is not as it was looked at: another password was
/// set, everything was signed out, it was locked or disabled. What was begun with the old password (a reset, a sign-in
/// that still owes something) is withdrawn, so a unit that spends such a token does that first. Sessions are another
/// matter: [`sessions::end_all_of`].
pub(super) async fn set(conn: &mut Conn<'_>, set: &SetPassword) -> sqlx::Result<bool> {
    let now = conn.now();
    let update = match &set.old {
        Some(old) => conn
            .query(sql!(
                "UPDATE users SET hashed_password = ?, must_change_password = ?, password_changed_at = ?, updated_at = ? \
                 WHERE id = ? AND auth_epoch = ? AND active = TRUE AND locked_at IS NULL AND hashed_password = ?"
            ))
            .bind(set.new.clone())
            .bind(false)
            .bind(now)
            .bind(now)
            .bind(set.user_id)
            .bind(set.auth_epoch)
            .bind(old.clone()),
        None => conn
            .query(sql!(
                "UPDATE users SET hashed_password = ?, must_change_password = ?, password_changed_at = ?, updated_at = ? \
                 WHERE id = ? AND auth_epoch = ? AND active = TRUE AND locked_at IS NULL AND hashed_password IS NULL"
            ))
            .bind(set.new.clone())
            .bind(false)
            .bind(now)
            .bind(now)
            .bind(set.user_id)
            .bind(set.auth_epoch),
    };
    if update.execute().await? == 0 {
        return is_set(conn, set).await;
    }
    if let Some(old) = &set.old {
        remember(conn, set.user_id, old, set.history).await?;
    }
    for kind in [Kind::ResetPassword, Kind::MfaChallenge, Kind::PasswordChange] {
        one_time_tokens::withdraw(conn, kind, Some(set.user_id)).await?;
    }
    if let Some(letter) = &set.letter {
        outbox::put(conn, letter).await?;
    }
    Ok(true)
}

#[derive(sqlx::FromRow)]
struct Id {
    id: Uuid,
}

/// Whether an earlier run of the same unit was committed.
async fn is_set(conn: &mut Conn<'_>, set: &SetPassword) -> sqlx::Result<bool> {
    let find = sql!("SELECT id FROM users WHERE id = ? AND hashed_password = ?");
    let found: Option<Id> = conn.query(find).bind(set.user_id).bind(set.new.clone()).optional().await?;
    Ok(found.is_some())
}

/// Keeps the `kept` passwords before the newest.
pub(super) async fn remember(conn: &mut Conn<'_>, user_id: Uuid, old: &str, kept: u16) -> sqlx::Result<()> {
    let (now, id) = (conn.now(), Uuid::now_v7());
    if kept > 0 {
        conn.query(sql!("INSERT INTO password_history (id, user_id, hashed_password, created_at) VALUES (?, ?, ?, ?)"))
            .bind(id)
            .bind(user_id)
            .bind(old.to_owned())
            .bind(now)
            .execute()
            .await?;
    }
    let newest = sql!("SELECT id FROM password_history WHERE user_id = ? ORDER BY id DESC LIMIT ?");
    let newest: Vec<Id> = conn.query(newest).bind(user_id).bind(i64::from(kept)).all().await?;
    let delete = match newest.last() {
        Some(oldest) => {
            conn.query(sql!("DELETE FROM password_history WHERE user_id = ? AND id < ?")).bind(user_id).bind(oldest.id)
        }
        None => conn.query(sql!("DELETE FROM password_history WHERE user_id = ?")).bind(user_id),
    };
    delete.execute().await?;
    Ok(())
}

/// By whoever is signed in.
#[derive(Clone)]
pub struct ChangePassword {
    pub set: SetPassword,
    /// Ends every session but this one; `None` ends none.
    pub ends_all_but: Option<Uuid>,
    pub access_ttl: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSet {
    Yes(Option<Revocation>),
    /// The account is not as it was looked at.
    Overtaken,
}

impl Query for ChangePassword {
    type Output = PasswordSet;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<PasswordSet> {
        if !set(conn, &self.set).await? {
            return Ok(PasswordSet::Overtaken);
        }
        let Some(kept) = self.ends_all_but else {
            return Ok(PasswordSet::Yes(None));
        };
        let (user_id, reason, access_ttl) = (self.set.user_id, EndReason::PasswordChanged, self.access_ttl);
        let end = EndUserSessions { user_id, except: Some(kept), reason, access_ttl };
        Ok(PasswordSet::Yes(sessions::end_all_of(conn, &end).await?))
    }
}

/// By whoever brings the challenge that a sign-in has left: the password was old, or somebody else's choice.
pub struct CompleteChange {
    pub token_hash: [u8; 32],
    pub attempt: Uuid,
    pub set: SetPassword,
    pub access_ttl: Duration,
    /// Of somebody whose epoch is one higher than [`SetPassword::auth_epoch`].
    pub entry: Entry,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeCompleted {
    /// With what has ended.
    Yes(Vec<Revocation>),
    /// Never valid, expired, spent; or the account is not as it was looked at, so that the challenge leads nowhere.
    Spent,
}

impl Query for CompleteChange {
    type Output = ChangeCompleted;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<ChangeCompleted> {
        let kind = Kind::PasswordChange;
        if one_time_tokens::consume(conn, kind, self.token_hash, self.attempt).await?.is_none()
            || !set(conn, &self.set).await?
        {
            return Ok(ChangeCompleted::Spent);
        }
        let (user_id, reason, access_ttl) = (self.set.user_id, EndReason::PasswordChanged, self.access_ttl);
        let end = EndUserSessions { user_id, except: None, reason, access_ttl };
        let mut ended = Vec::from_iter(sessions::end_all_of(conn, &end).await?);
        match entries::enter(conn, &self.entry).await? {
            Opened::Yes(more) => ended.extend(more),
            // Only where an earlier run has done all of this, and the account was locked since.
            Opened::Refused => return Ok(ChangeCompleted::Spent),
        }
        Ok(ChangeCompleted::Yes(ended))
    }
}

/// An account and the hash of its password.
pub struct FindPassword {
    pub user_id: Uuid,
}

impl Query for FindPassword {
    const ACCESS: Access = Access::Read;
    type Output = Option<CredentialsRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<CredentialsRow>> {
        conn.query(sql!(concat!("SELECT u.hashed_password, ", user_columns!(), " FROM users u WHERE u.id = ?")))
            .bind(self.user_id)
            .optional()
            .await
    }
}

/// The hashes of the passwords before the one that an account has, the newest first.
pub struct FormerPasswords {
    pub user_id: Uuid,
    pub limit: u16,
}

#[derive(sqlx::FromRow)]
struct Former {
    hashed_password: String,
}

impl Query for FormerPasswords {
    const ACCESS: Access = Access::Read;
    type Output = Vec<String>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<String>> {
        let former: Vec<Former> = conn
            .query(sql!("SELECT hashed_password FROM password_history WHERE user_id = ? ORDER BY id DESC LIMIT ?"))
            .bind(self.user_id)
            .bind(i64::from(self.limit))
            .all()
            .await?;
        Ok(former.into_iter().map(|row| row.hashed_password).collect())
    }
}

/// The same password, hashed with what holds today. Says nothing to anybody: nobody changed it.
pub struct Rehash {
    pub user_id: Uuid,
    pub old: String,
    pub new: String,
}

impl Query for Rehash {
    const SINGLE: bool = true;
    /// 0 when another password was set since.
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(sql!("UPDATE users SET hashed_password = ? WHERE id = ? AND hashed_password = ?"))
            .bind(self.new.clone())
            .bind(self.user_id)
            .bind(self.old.clone())
            .execute()
            .await
    }
}
