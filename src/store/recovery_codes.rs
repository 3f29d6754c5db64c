//! `recovery_codes`: what stands in for a second factor, once each. Only hashes are kept.

use uuid::Uuid;

use super::conn::Conn;
use crate::sql;

/// A code that is about to be shown.
#[derive(Clone, Debug)]
pub struct NewRecoveryCode {
    pub id: Uuid,
    /// SHA-256 of its owner's id and the code.
    pub code_hash: [u8; 32],
}

/// Forgets every code of a user, the spent ones too, and keeps these. For units that hold the user's row.
pub(super) async fn replace(conn: &mut Conn<'_>, user_id: Uuid, codes: &[NewRecoveryCode]) -> sqlx::Result<()> {
    conn.query(sql!("DELETE FROM recovery_codes WHERE user_id = ?")).bind(user_id).execute().await?;
    for code in codes {
        conn.query(sql!("INSERT INTO recovery_codes (id, user_id, code_hash) VALUES (?, ?, ?)"))
            .bind(code.id)
            .bind(user_id)
            .bind(code.code_hash.to_vec())
            .execute()
            .await?;
    }
    Ok(())
}

/// Spends a code: `true` for the one attempt that wins, also when that runs again.
pub(super) async fn spend(conn: &mut Conn<'_>, user_id: Uuid, hash: [u8; 32], attempt: Uuid) -> sqlx::Result<bool> {
    let now = conn.now();
    let spent = conn
        .query(sql!(
            "UPDATE recovery_codes SET spent_at = ?, spent_by = ? \
             WHERE user_id = ? AND code_hash = ? AND (spent_at IS NULL OR spent_by = ?)"
        ))
        .bind(now)
        .bind(attempt)
        .bind(user_id)
        .bind(hash.to_vec())
        .bind(attempt)
        .execute()
        .await?;
    Ok(spent == 1)
}
