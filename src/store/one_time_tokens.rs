//! `one_time_tokens`: everything that works once. Only its hash is kept.
//!
//! All kinds are spent through one primitive, [`consume`]: one conditional UPDATE whose row count is the verdict.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use super::registrations::Spend;
use crate::domain::clock::Timestamp;
use crate::sql;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Makes the first administrator.
    SetUp,
    /// Shows that an address belongs to an account that exists.
    VerifyEmail,
    /// Makes the account that waits in the payload. Its `user_id` is derived from the address, and no user's.
    Register,
    ResetPassword,
    /// The new address waits in the payload.
    ChangeEmail,
    /// Lets somebody register where not everybody may.
    Invitation,
    /// A password was right, a second factor is owed.
    MfaChallenge,
    /// Every factor was right, and the password has to be changed.
    PasswordChange,
    /// A sign-in with a provider is under way; what it was begun with waits in the payload.
    OauthState,
    /// Begins one for somebody who is signed in.
    OauthTicket,
    /// It is done, and whoever began it fetches what it led to.
    OauthCode,
    /// Shows that somebody was at their provider just now.
    ProviderTicket,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::SetUp,
        Self::VerifyEmail,
        Self::Register,
        Self::ResetPassword,
        Self::ChangeEmail,
        Self::Invitation,
        Self::MfaChallenge,
        Self::PasswordChange,
        Self::OauthState,
        Self::OauthTicket,
        Self::OauthCode,
        Self::ProviderTicket,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::VerifyEmail => "verify_email",
            Self::Register => "register",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::Invitation => "invitation",
            Self::MfaChallenge => "mfa_challenge",
            Self::PasswordChange => "password_change",
            Self::OauthState => "oauth_state",
            Self::OauthTicket => "oauth_ticket",
            Self::OauthCode => "oauth_code",
            Self::ProviderTicket => "provider_ticket",
        }
    }
}

/// A token that is about to be handed out.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub id: Uuid,
    pub kind: Kind,
    /// SHA-256 of its text.
    pub token_hash: [u8; 32],
    pub user_id: Option<Uuid>,
    /// Sealed for [`place`].
    pub payload: Option<Vec<u8>>,
    pub expires_at: Timestamp,
}

/// Keeps a token until it is spent or expires.
pub struct IssueToken {
    pub token: NewToken,
    /// Earlier ones of its kind that belong to the same user (or, as this one, to nobody) are withdrawn.
    pub withdraws_earlier: bool,
}

impl Query for IssueToken {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        if self.withdraws_earlier {
            withdraw(conn, self.token.kind, self.token.user_id).await?;
        }
        issue(conn, &self.token).await
    }
}

/// For units that hand out a token among other things. A repeated run finds its own token by the id it brought.
pub(super) async fn issue(conn: &mut Conn<'_>, token: &NewToken) -> sqlx::Result<()> {
    let now = conn.now();
    conn.query(sql!(
        "INSERT INTO one_time_tokens (id, kind, token_hash, user_id, payload, attempts, expires_at, created_at) \
         SELECT ?, ?, ?, ?, ?, 0, ?, ? WHERE NOT EXISTS (SELECT 1 FROM one_time_tokens WHERE id = ?)",
        mysql = "INSERT INTO one_time_tokens (id, kind, token_hash, user_id, payload, attempts, expires_at, created_at) \
         SELECT ?, ?, ?, ?, ?, 0, ?, ? FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM one_time_tokens WHERE id = ?)"
    ))
    .bind(token.id)
    .bind(token.kind.word())
    .bind(token.token_hash.to_vec())
    .bind(token.user_id)
    .bind(token.payload.clone())
    .bind(token.expires_at)
    .bind(now)
    .bind(token.id)
    .execute()
    .await?;
    Ok(())
}

/// Takes back what is still good of a kind for a user, or for nobody.
pub(super) async fn withdraw(conn: &mut Conn<'_>, kind: Kind, user_id: Option<Uuid>) -> sqlx::Result<u64> {
    let statement = match user_id {
        Some(user_id) => conn
            .query(sql!("DELETE FROM one_time_tokens WHERE user_id = ? AND kind = ? AND spent_at IS NULL"))
            .bind(user_id),
        None => conn.query(sql!("DELETE FROM one_time_tokens WHERE user_id IS NULL AND kind = ? AND spent_at IS NULL")),
    };
    statement.bind(kind.word()).execute().await
}

/// The same, but the rows stay and tell how many there were: they count as spent, by the token that takes their place.
pub(super) async fn supersede(conn: &mut Conn<'_>, kind: Kind, user_id: Uuid, by: Uuid) -> sqlx::Result<u64> {
    let now = conn.now();
    conn.query(sql!(
        "UPDATE one_time_tokens SET spent_at = ?, spent_by = ? WHERE user_id = ? AND kind = ? AND spent_at IS NULL AND id <> ?"
    ))
    .bind(now)
    .bind(by)
    .bind(user_id)
    .bind(kind.word())
    .bind(by)
    .execute()
    .await
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TokenRow {
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub payload: Option<Vec<u8>>,
}

/// What a token is about, before the work that it asks for is done. Decides nothing.
pub struct FindToken {
    pub kind: Kind,
    pub token_hash: [u8; 32],
}

impl Query for FindToken {
    const ACCESS: Access = Access::Read;
    /// `None` unless [`consume`] would spend it now.
    type Output = Option<TokenRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<TokenRow>> {
        find(conn, self.kind, self.token_hash, Uuid::nil()).await
    }
}

/// What [`consume`] would spend now for this attempt.
pub(super) async fn find(
    conn: &mut Conn<'_>,
    kind: Kind,
    hash: [u8; 32],
    attempt: Uuid,
) -> sqlx::Result<Option<TokenRow>> {
    let now = conn.now();
    conn.query(sql!(
        "SELECT id, user_id, payload FROM one_time_tokens \
         WHERE token_hash = ? AND kind = ? AND expires_at > ? AND (spent_at IS NULL OR spent_by = ?)"
    ))
    .bind(hash.to_vec())
    .bind(kind.word())
    .bind(now)
    .bind(attempt)
    .optional()
    .await
}

/// Takes one of the tries that a token allows, before anybody looks whether it is right. A unit of its own, so that it
/// is committed whatever happens next. When its COMMIT is not heard and it runs again it may take two, never none.
pub struct TakeTry {
    pub kind: Kind,
    pub token_hash: [u8; 32],
    pub tries: i64,
}

impl Query for TakeTry {
    /// `None` when there is no such token, or it is spent, has expired, or has no tries left.
    type Output = Option<TokenRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<TokenRow>> {
        let now = conn.now();
        let taken = conn
            .query(sql!(
                "UPDATE one_time_tokens SET attempts = attempts + 1 \
                 WHERE token_hash = ? AND kind = ? AND expires_at > ? AND spent_at IS NULL AND attempts < ?"
            ))
            .bind(self.token_hash.to_vec())
            .bind(self.kind.word())
            .bind(now)
            .bind(self.tries)
            .execute()
            .await?;
        if taken == 0 {
            return Ok(None);
        }
        find(conn, self.kind, self.token_hash, Uuid::nil()).await
    }
}

/// Hands out a token, for another one or for nothing.
pub struct TradeToken {
    pub spends: Option<(Kind, Spend)>,
    pub issues: NewToken,
}

impl Query for TradeToken {
    /// `false`, and nothing was handed out, when there is no such token, or it is spent or has expired.
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        if let Some((kind, Spend { token_hash, attempt })) = self.spends
            && consume(conn, kind, token_hash, attempt).await?.is_none()
        {
            return Ok(false);
        }
        issue(conn, &self.issues).await?;
        Ok(true)
    }
}

/// Spends a token, whatever comes of it.
pub struct SpendToken {
    pub kind: Kind,
    pub token_hash: [u8; 32],
    pub attempt: Uuid,
}

impl Query for SpendToken {
    /// `None` when there is no such token, or it is spent or has expired.
    type Output = Option<TokenRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<TokenRow>> {
        consume(conn, self.kind, self.token_hash, self.attempt).await
    }
}

/// Spends a token: its row for the one attempt that wins, `None` for every other, an expired or an unknown one. An
/// attempt that runs again (its COMMIT may have been lost) finds its own id and wins again.
pub(super) async fn consume(
    conn: &mut Conn<'_>,
    kind: Kind,
    hash: [u8; 32],
    attempt: Uuid,
) -> sqlx::Result<Option<TokenRow>> {
    let now = conn.now();
    let spent = conn
        .query(sql!(
            "UPDATE one_time_tokens SET spent_at = ?, spent_by = ? \
             WHERE token_hash = ? AND kind = ? AND expires_at > ? AND (spent_at IS NULL OR spent_by = ?)"
        ))
        .bind(now)
        .bind(attempt)
        .bind(hash.to_vec())
        .bind(kind.word())
        .bind(now)
        .bind(attempt)
        .execute()
        .await?;
    if spent == 0 {
        return Ok(None);
    }
    conn.query(sql!("SELECT id, user_id, payload FROM one_time_tokens WHERE token_hash = ?"))
        .bind(hash.to_vec())
        .optional()
        .await
}

/// For a unit that has spent a token and then finds that it cannot do what it was spent for, and has to say so.
pub(super) async fn give_back(conn: &mut Conn<'_>, kind: Kind, hash: [u8; 32], attempt: Uuid) -> sqlx::Result<u64> {
    conn.query(sql!(
        "UPDATE one_time_tokens SET spent_at = NULL, spent_by = NULL WHERE token_hash = ? AND kind = ? AND spent_by = ?"
    ))
    .bind(hash.to_vec())
    .bind(kind.word())
    .bind(attempt)
    .execute()
    .await
}
