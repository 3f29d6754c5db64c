//! Passwords that somebody else has chosen, or wants changed: whoever signs in with one has to choose another.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::one_time_tokens::{self, Kind};
use super::outbox::{self, NewMail};
use super::query::Query;
use super::sessions::{self, EndUserSessions};
use super::{passwords, revocations, users};
use crate::domain::revocation::Revocation;
use crate::domain::session::EndReason;
use crate::sql;

/// Sets a temporary password, whatever state the account is in, and signs it out everywhere.
pub struct GivePassword {
    pub user_id: Uuid,
    /// PHC string.
    pub new: String,
    /// How many passwords before this one are kept.
    pub history: u16,
    /// What its owner is told.
    pub letter: Option<NewMail>,
    pub access_ttl: Duration,
}

#[derive(sqlx::FromRow)]
struct PasswordRow {
    hashed_password: Option<String>,
    must_change_password: bool,
}

async fn password_of(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<Option<PasswordRow>> {
    let find = sql!("SELECT hashed_password, must_change_password FROM users WHERE id = ?");
    conn.query(find).bind(user_id).optional().await
}

impl Query for GivePassword {
    /// `None` when there is no such user.
    type Output = Option<Revocation>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Revocation>> {
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(Some(done));
        }
        // Holds the row: nobody changes the password in between.
        users::hold(conn, self.user_id).await?;
        let Some(before) = password_of(conn, self.user_id).await? else {
            return Ok(None);
        };
        let now = conn.now();
        conn.query(sql!(
            "UPDATE users SET hashed_password = ?, must_change_password = TRUE, password_changed_at = ?, updated_at = ? \
             WHERE id = ?"
        ))
        .bind(self.new.clone())
        .bind(now)
        .bind(now)
        .bind(self.user_id)
        .execute()
        .await?;
        if let Some(old) = &before.hashed_password {
            passwords::remember(conn, self.user_id, old, self.history).await?;
        }
        for kind in [Kind::ResetPassword, Kind::MfaChallenge, Kind::PasswordChange] {
            one_time_tokens::withdraw(conn, kind, Some(self.user_id)).await?;
        }
        if let Some(letter) = &self.letter {
            outbox::put(conn, letter).await?;
        }
        let (user_id, reason, access_ttl) = (self.user_id, EndReason::PasswordSet, self.access_ttl);
        sessions::end_all_of(conn, &EndUserSessions { user_id, except: None, reason, access_ttl }).await
    }
}

/// Has the password changed at the next sign-in. Sessions go on.
pub struct RequirePasswordChange {
    pub user_id: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeRequired {
    Yes,
    /// It was before; or an earlier run of this unit has done it.
    Before,
    NoPassword,
    NoSuchUser,
}

impl Query for RequirePasswordChange {
    type Output = ChangeRequired;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<ChangeRequired> {
        let now = conn.now();
        let required = conn
            .query(sql!(
                "UPDATE users SET must_change_password = TRUE, updated_at = ? \
                 WHERE id = ? AND must_change_password = FALSE AND hashed_password IS NOT NULL"
            ))
            .bind(now)
            .bind(self.user_id)
            .execute()
            .await?;
        if required == 1 {
            return Ok(ChangeRequired::Yes);
        }
        Ok(match password_of(conn, self.user_id).await? {
            None => ChangeRequired::NoSuchUser,
            Some(row) if row.must_change_password => ChangeRequired::Before,
            Some(_) => ChangeRequired::NoPassword,
        })
    }
}
