//! `refresh_tokens`: one row a family. Rotation is one conditional UPDATE; the tokens themselves are never stored.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use super::users::{UserRow, user_columns};
use crate::domain::clock::Timestamp;
use crate::domain::refresh_token::{Family, RefreshToken};
use crate::sql;

/// A family with its session and its user, as one row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FamilyRow {
    pub family_id: Uuid,
    pub session_id: Uuid,
    pub mac_key_id: Uuid,
    pub auth_time: Timestamp,
    pub amr: String,
    generation: i64,
    rotated_at: Option<Timestamp>,
    rotated_by: Option<Uuid>,
    idle_expires_at: Timestamp,
    revoked: bool,
    session_expires_at: Timestamp,
    session_revoked_at: Option<Timestamp>,
    session_epoch: i64,
    #[sqlx(flatten)]
    pub user: UserRow,
}

impl FamilyRow {
    pub fn family(&self) -> Family {
        Family {
            generation: u32::try_from(self.generation).unwrap_or(u32::MAX),
            rotated_at: self.rotated_at,
            rotated_by: self.rotated_by,
            expires_at: self.idle_expires_at,
            revoked: self.revoked,
            session_expires_at: self.session_expires_at,
            session_revoked: self.session_revoked_at.is_some(),
            epoch_is_current: self.session_epoch == self.user.standing().auth_epoch,
        }
    }

    /// The newest refresh token of the family, which can be derived again.
    pub fn head(&self) -> RefreshToken {
        RefreshToken { mac_key_id: self.mac_key_id, family: self.family_id, generation: self.family().generation }
    }

    pub fn session_expires_at(&self) -> Timestamp {
        self.session_expires_at
    }

    pub fn idle_expires_at(&self) -> Timestamp {
        self.idle_expires_at
    }
}

/// A [`FamilyRow`], up to the condition.
macro_rules! family_columns {
    () => {
        concat!(
            "SELECT r.id AS family_id, r.session_id, r.mac_key_id, r.generation, r.rotated_at, r.rotated_by, \
             r.expires_at AS idle_expires_at, r.revoked, s.auth_time, s.amr, s.expires_at AS session_expires_at, \
             s.revoked_at AS session_revoked_at, s.auth_epoch AS session_epoch, ",
            user_columns!(),
            " FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id JOIN users u ON u.id = s.user_id"
        )
    };
}

pub struct FindFamily {
    pub family_id: Uuid,
}

impl Query for FindFamily {
    const ACCESS: Access = Access::Read;
    type Output = Option<FamilyRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<FamilyRow>> {
        conn.query(sql!(concat!(family_columns!(), " WHERE r.id = ?"))).bind(self.family_id).optional().await
    }
}

/// The family of a session, for somebody who shows an access token of it.
pub struct FindFamilyOf {
    pub session_id: Uuid,
}

impl Query for FindFamilyOf {
    const ACCESS: Access = Access::Read;
    type Output = Option<FamilyRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<FamilyRow>> {
        conn.query(sql!(concat!(family_columns!(), " WHERE r.session_id = ?"))).bind(self.session_id).optional().await
    }
}

/// Moves a family from `from` to `from` + 1, if it still stands there and everything it hangs on is alive.
///
/// `false` may be a lost race, an ended session, or this attempt's own earlier success whose COMMIT was not heard:
/// then `rotated_by` is its id, and the caller looks.
pub struct Rotate {
    pub family_id: Uuid,
    pub from: u32,
    pub attempt: Uuid,
    pub idle_expires_at: Timestamp,
}

impl Query for Rotate {
    const SINGLE: bool = true;
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let now = conn.now();
        let rotated = conn
            .query(sql!(
                "UPDATE refresh_tokens SET generation = generation + 1, rotated_at = ?, rotated_by = ?, expires_at = ? \
                 WHERE id = ? AND generation = ? AND revoked = FALSE AND expires_at > ? AND EXISTS ( \
                     SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id \
                     WHERE s.id = refresh_tokens.session_id AND s.revoked_at IS NULL AND s.expires_at > ? \
                       AND s.auth_epoch = u.auth_epoch AND u.active = TRUE AND u.locked_at IS NULL)"
            ))
            .bind(now)
            .bind(self.attempt)
            .bind(self.idle_expires_at)
            .bind(self.family_id)
            .bind(i64::from(self.from))
            .bind(now)
            .bind(now)
            .execute()
            .await?;
        Ok(rotated == 1)
    }
}
