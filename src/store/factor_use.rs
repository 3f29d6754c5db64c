//! Using a second factor: to complete a sign-in, or to show once more who is there. What is used once is spent in the
//! unit that it is used for.

use uuid::Uuid;

use super::conn::Conn;
use super::entries::{self, Entry};
use super::error::overtaken;
use super::one_time_tokens::{self, Kind};
use super::outbox::{self, NewMail};
use super::query::Query;
use super::recovery_codes;
use super::sessions::{FindSessionState, Opened};
use crate::domain::clock::Timestamp;
use crate::domain::revocation::Revocation;
use crate::sql;

/// A factor that was judged and is right unless it was used before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Used {
    /// The step of a code that an app showed. It is gone with this, and so are those before it.
    TotpStep(i64),
    /// The hash of a recovery code.
    RecoveryCode([u8; 32]),
}

impl Used {
    /// `true` for the one attempt that wins, also when that runs again. `false` has written nothing.
    async fn spend(&self, conn: &mut Conn<'_>, user_id: Uuid, attempt: Uuid) -> sqlx::Result<bool> {
        match self {
            Self::TotpStep(step) => move_step(conn, user_id, *step, attempt).await,
            Self::RecoveryCode(hash) => recovery_codes::spend(conn, user_id, *hash, attempt).await,
        }
    }
}

async fn move_step(conn: &mut Conn<'_>, user_id: Uuid, step: i64, attempt: Uuid) -> sqlx::Result<bool> {
    let moved = conn
        .query(sql!(
            "UPDATE users SET mfa_last_step = ?, mfa_last_step_by = ? WHERE id = ? AND mfa_enabled = TRUE \
             AND (mfa_last_step IS NULL OR mfa_last_step < ? OR (mfa_last_step = ? AND mfa_last_step_by = ?))"
        ))
        .bind(step)
        .bind(attempt)
        .bind(user_id)
        .bind(step)
        .bind(step)
        .bind(attempt)
        .execute()
        .await?;
    Ok(moved == 1)
}

/// The account as it was when the factor was judged.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub user_id: Uuid,
    pub auth_epoch: i64,
}

#[derive(sqlx::FromRow)]
struct Epoch {
    auth_epoch: i64,
}

/// Whether it still is: neither locked nor disabled, nor signed out everywhere.
async fn still_stands(conn: &mut Conn<'_>, seen: Seen) -> sqlx::Result<bool> {
    let find = sql!("SELECT auth_epoch FROM users WHERE id = ? AND active = TRUE AND locked_at IS NULL");
    let found: Option<Epoch> = conn.query(find).bind(seen.user_id).optional().await?;
    Ok(found.is_some_and(|row| row.auth_epoch == seen.auth_epoch))
}

/// Completes a sign-in: the challenge and the factor are spent, and the session begins (or the next challenge is given),
/// all of it or nothing.
pub struct CompleteMfa {
    pub challenge_hash: [u8; 32],
    pub attempt: Uuid,
    pub seen: Seen,
    pub used: Used,
    pub entry: Entry,
    /// What its owner is told of it.
    pub letter: Option<NewMail>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MfaCompleted {
    /// With the sessions that ended because there were too many.
    Yes(Vec<Revocation>),
    /// Spent, expired, or the account is not as it was.
    ChallengeSpent,
    /// The challenge is as good as before.
    CodeSpent,
}

impl Query for CompleteMfa {
    type Output = MfaCompleted;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<MfaCompleted> {
        let (kind, hash) = (Kind::MfaChallenge, self.challenge_hash);
        // A run whose predecessor's COMMIT was not heard finds its own attempt's id wherever something was spent.
        let is_good = one_time_tokens::find(conn, kind, hash, self.attempt).await?.is_some();
        if !is_good || !still_stands(conn, self.seen).await? {
            return Ok(MfaCompleted::ChallengeSpent);
        }
        if !self.used.spend(conn, self.seen.user_id, self.attempt).await? {
            return Ok(MfaCompleted::CodeSpent);
        }
        // From here on a refusal has to undo something, so it is an error; the next run looks, and says which it was.
        one_time_tokens::consume(conn, kind, hash, self.attempt).await?.ok_or_else(overtaken)?;
        let Opened::Yes(ended) = entries::enter(conn, &self.entry).await? else {
            return Err(overtaken());
        };
        if let Some(letter) = &self.letter {
            outbox::put(conn, letter).await?;
        }
        Ok(MfaCompleted::Yes(ended))
    }
}

/// Makes a session fresh, by a factor of its owner.
pub struct RenewSession {
    pub session_id: Uuid,
    pub attempt: Uuid,
    pub seen: Seen,
    /// `None`: a password was right, and nothing has to be spent.
    pub used: Option<Used>,
    pub auth_time: Timestamp,
    /// RFC 8176: all that was shown since the session began.
    pub amr: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewed {
    Yes,
    /// Ended or expired, or the account is not as it was.
    SessionEnded,
    CodeSpent,
}

impl Query for RenewSession {
    type Output = Renewed;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Renewed> {
        if !self.lives(conn).await? {
            return Ok(Renewed::SessionEnded);
        }
        if let Some(used) = &self.used
            && !used.spend(conn, self.seen.user_id, self.attempt).await?
        {
            return Ok(Renewed::CodeSpent);
        }
        let now = conn.now();
        let renewed = conn
            .query(sql!(
                "UPDATE sessions SET auth_time = ?, amr = ? WHERE id = ? AND user_id = ? AND auth_epoch = ? \
                 AND revoked_at IS NULL AND expires_at > ? AND EXISTS (SELECT 1 FROM users u WHERE u.id = ? \
                 AND u.auth_epoch = ? AND u.active = TRUE AND u.locked_at IS NULL)"
            ))
            .bind(self.auth_time)
            .bind(self.amr.clone())
            .bind(self.session_id)
            .bind(self.seen.user_id)
            .bind(self.seen.auth_epoch)
            .bind(now)
            .bind(self.seen.user_id)
            .bind(self.seen.auth_epoch)
            .execute()
            .await?;
        if renewed == 1 { Ok(Renewed::Yes) } else { Err(overtaken()) }
    }
}

impl RenewSession {
    async fn lives(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let (now, epoch) = (conn.now(), self.seen.auth_epoch);
        let found = FindSessionState { session_id: self.session_id }.run(conn).await?;
        Ok(found.is_some_and(|state| {
            let stands = state.active && state.locked_at.is_none() && state.user_epoch == epoch;
            stands && state.revoked_at.is_none() && state.expires_at > now && state.session_epoch == epoch
        }))
    }
}
