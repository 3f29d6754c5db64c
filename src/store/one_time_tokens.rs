//! `one_time_tokens`: everything that works once. Only its hash is kept.
//!
//! All kinds are spent through one primitive, [`consume`]: one conditional UPDATE whose row count is the verdict.

use uuid::Uuid;

use super::conn::Conn;
use super::query::Query;
use crate::domain::clock::Timestamp;
use crate::sql;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Makes the first administrator.
    SetUp,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
        }
    }
}

/// Keeps a token until it is spent or expires. Earlier ones of its kind that belong to nobody are withdrawn.
pub struct IssueSetUpToken {
    pub id: Uuid,
    pub token_hash: [u8; 32],
    pub expires_at: Timestamp,
}

impl Query for IssueSetUpToken {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let now = conn.now();
        conn.query(sql!("DELETE FROM one_time_tokens WHERE kind = ?")).bind(Kind::SetUp.word()).execute().await?;
        conn.query(sql!(
            "INSERT INTO one_time_tokens (id, kind, token_hash, attempts, expires_at, created_at) VALUES (?, ?, ?, 0, ?, ?)"
        ))
        .bind(self.id)
        .bind(Kind::SetUp.word())
        .bind(self.token_hash.to_vec())
        .bind(self.expires_at)
        .bind(now)
        .execute()
        .await?;
        Ok(())
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TokenRow {
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub payload: Option<Vec<u8>>,
}

/// Whether [`consume`] would spend it now. Decides nothing.
pub(super) async fn is_good(conn: &mut Conn<'_>, kind: Kind, hash: [u8; 32], attempt: Uuid) -> sqlx::Result<bool> {
    let now = conn.now();
    let found: Option<TokenRow> = conn
        .query(sql!(
            "SELECT id, user_id, payload FROM one_time_tokens \
             WHERE token_hash = ? AND kind = ? AND expires_at > ? AND (spent_at IS NULL OR spent_by = ?)"
        ))
        .bind(hash.to_vec())
        .bind(kind.word())
        .bind(now)
        .bind(attempt)
        .optional()
        .await?;
    Ok(found.is_some())
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
