//! Second factors in `users`: the sealed secret of an authenticator app, whether it is on, and the last step that was
//! used. The secret waits with `mfa_enabled` false until a code of it has been shown.

use uuid::Uuid;

use super::conn::Conn;
use super::one_time_tokens::{self, Kind};
use super::outbox::{self, NewMail};
use super::query::{Access, Query};
use super::recovery_codes::{self, NewRecoveryCode};
use super::sessions::{self, EndUserSessions};
use super::users::{UserRow, user_columns};
use crate::domain::revocation::Revocation;
use crate::sql;

/// An account with what its owner can show beside a password.
pub struct FindSecondFactor {
    pub user_id: Uuid,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SecondFactorRow {
    /// Sealed. With `mfa_enabled` false it waits for its first code.
    pub mfa_secret: Option<Vec<u8>>,
    pub mfa_last_step: Option<i64>,
    pub recovery_codes_left: i64,
    #[sqlx(flatten)]
    pub user: UserRow,
}

impl Query for FindSecondFactor {
    const ACCESS: Access = Access::Read;
    type Output = Option<SecondFactorRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<SecondFactorRow>> {
        conn.query(sql!(concat!(
            "SELECT u.mfa_secret, u.mfa_last_step, (SELECT COUNT(*) FROM recovery_codes c WHERE c.user_id = u.id \
             AND c.spent_at IS NULL) AS recovery_codes_left, ",
            user_columns!(),
            " FROM users u WHERE u.id = ?"
        )))
        .bind(self.user_id)
        .optional()
        .await
    }
}

/// Keeps a secret that waits for its first code; one that waited before is forgotten. 0: a second factor is on already.
pub struct OfferTotp {
    pub user_id: Uuid,
    pub sealed_secret: Vec<u8>,
}

impl Query for OfferTotp {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(sql!("UPDATE users SET mfa_secret = ?, mfa_last_step = NULL WHERE id = ? AND mfa_enabled = FALSE"))
            .bind(self.sealed_secret.clone())
            .bind(self.user_id)
            .execute()
            .await
    }
}

/// Turns the second factor on: the secret was shown to be in an app by the code of `step`, which is spent with that.
pub struct ConfirmTotp {
    pub user_id: Uuid,
    /// As it stood there when the code was judged.
    pub sealed_secret: Vec<u8>,
    pub step: i64,
    pub attempt: Uuid,
    pub codes: Vec<NewRecoveryCode>,
    pub letter: Option<NewMail>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    Yes,
    AlreadyEnabled,
    /// Nothing waits to be confirmed, or another secret than this one.
    NotPending,
}

#[derive(sqlx::FromRow)]
struct Enabled {
    mfa_enabled: bool,
    mfa_last_step_by: Option<Uuid>,
}

impl Query for ConfirmTotp {
    type Output = Confirmed;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Confirmed> {
        let now = conn.now();
        let confirmed = conn
            .query(sql!(
                "UPDATE users SET mfa_enabled = TRUE, mfa_last_step = ?, mfa_last_step_by = ?, updated_at = ? \
                 WHERE id = ? AND mfa_enabled = FALSE AND mfa_secret = ?"
            ))
            .bind(self.step)
            .bind(self.attempt)
            .bind(now)
            .bind(self.user_id)
            .bind(self.sealed_secret.clone())
            .execute()
            .await?;
        if confirmed == 1 {
            recovery_codes::replace(conn, self.user_id, &self.codes).await?;
            tell(conn, self.letter.as_ref()).await?;
            return Ok(Confirmed::Yes);
        }
        let find = sql!("SELECT mfa_enabled, mfa_last_step_by FROM users WHERE id = ?");
        let found: Option<Enabled> = conn.query(find).bind(self.user_id).optional().await?;
        Ok(match found {
            Some(row) if row.mfa_enabled && row.mfa_last_step_by == Some(self.attempt) => Confirmed::Yes,
            Some(row) if row.mfa_enabled => Confirmed::AlreadyEnabled,
            Some(_) | None => Confirmed::NotPending,
        })
    }
}

/// Forgets the secret and the recovery codes. Where the second factor was on, every session ends that `end` does not
/// keep, and what was begun with a password leads nowhere.
pub struct TurnOffTotp {
    pub end: EndUserSessions,
    pub letter: Option<NewMail>,
}

impl Query for TurnOffTotp {
    /// `None` where it was not on.
    type Output = Option<Revocation>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Revocation>> {
        let (now, user_id) = (conn.now(), self.end.user_id);
        let was_on = conn
            .query(sql!(
                "UPDATE users SET mfa_enabled = FALSE, mfa_secret = NULL, mfa_last_step = NULL, mfa_last_step_by = NULL, \
                 updated_at = ? WHERE id = ? AND mfa_enabled = TRUE"
            ))
            .bind(now)
            .bind(user_id)
            .execute()
            .await?;
        if was_on == 0 {
            // Off all along, or turned off by an earlier run of this very unit.
            let done = super::revocations::find(conn, conn.unit()).await?;
            if done.is_none() {
                forget_offer(conn, user_id).await?;
            }
            return Ok(done);
        }
        recovery_codes::replace(conn, user_id, &[]).await?;
        one_time_tokens::withdraw(conn, Kind::MfaChallenge, Some(user_id)).await?;
        tell(conn, self.letter.as_ref()).await?;
        sessions::end_all_of(conn, &self.end).await
    }
}

async fn forget_offer(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<u64> {
    conn.query(sql!("UPDATE users SET mfa_secret = NULL WHERE id = ? AND mfa_enabled = FALSE"))
        .bind(user_id)
        .execute()
        .await
}

/// Another set of recovery codes in place of those there were.
pub struct ReplaceRecoveryCodes {
    pub user_id: Uuid,
    pub codes: Vec<NewRecoveryCode>,
    pub letter: Option<NewMail>,
}

impl Query for ReplaceRecoveryCodes {
    /// `false` where no second factor is on.
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        // Holds the row, so that two sets do not mix, and none comes after the second factor is off.
        let held = conn
            .query(sql!("UPDATE users SET guard = guard + 1 WHERE id = ? AND mfa_enabled = TRUE"))
            .bind(self.user_id)
            .execute()
            .await?;
        if held == 0 {
            return Ok(false);
        }
        recovery_codes::replace(conn, self.user_id, &self.codes).await?;
        tell(conn, self.letter.as_ref()).await?;
        Ok(true)
    }
}

async fn tell(conn: &mut Conn<'_>, letter: Option<&NewMail>) -> sqlx::Result<()> {
    match letter {
        Some(letter) => outbox::put(conn, letter).await,
        None => Ok(()),
    }
}
