//! The part of `users` that people change themselves.

use uuid::Uuid;

use super::conn::Conn;
use super::query::Query;
use crate::domain::account::ProfileChange;
use crate::domain::username::Username;
use crate::sql;

/// Sets what is named and leaves the rest.
pub struct ChangeProfile {
    pub user_id: Uuid,
    pub change: ProfileChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileChanged {
    Yes,
    UsernameTaken,
    /// The account has no e-mail address, so that its username is all it can be found by.
    UsernameNeeded,
    NoSuchUser,
}

#[derive(sqlx::FromRow)]
struct Names {
    email: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Holder {
    id: Uuid,
}

impl Query for ChangeProfile {
    type Output = ProfileChanged;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<ProfileChanged> {
        let now = conn.now();
        if let Some(username) = &self.change.username {
            let refusal = self.set_username(conn, username.as_ref()).await?;
            if let Some(refusal) = refusal {
                return Ok(refusal);
            }
        }
        if let Some(display_name) = &self.change.display_name {
            conn.query(sql!("UPDATE users SET display_name = ? WHERE id = ?"))
                .bind(display_name.as_ref().map(|name| name.as_str().to_owned()))
                .bind(self.user_id)
                .execute()
                .await?;
        }
        if let Some(metadata) = &self.change.metadata {
            conn.query(sql!("UPDATE users SET metadata = ? WHERE id = ?"))
                .bind(metadata.as_ref().map(|metadata| metadata.as_str().to_owned()))
                .bind(self.user_id)
                .execute()
                .await?;
        }
        let touched = conn
            .query(sql!("UPDATE users SET updated_at = ? WHERE id = ?"))
            .bind(now)
            .bind(self.user_id)
            .execute()
            .await?;
        Ok(if touched == 1 { ProfileChanged::Yes } else { ProfileChanged::NoSuchUser })
    }
}

impl ChangeProfile {
    /// The unique key decides; looking first only makes the usual answer cheap, and a lost race runs the unit again.
    async fn set_username(
        &self,
        conn: &mut Conn<'_>,
        username: Option<&Username>,
    ) -> sqlx::Result<Option<ProfileChanged>> {
        if let Some(username) = username {
            let holder: Option<Holder> = conn
                .query(sql!("SELECT id FROM users WHERE username_key = ?"))
                .bind(username.key().to_owned())
                .optional()
                .await?;
            if holder.is_some_and(|holder| holder.id != self.user_id) {
                return Ok(Some(ProfileChanged::UsernameTaken));
            }
        } else {
            let names: Option<Names> =
                conn.query(sql!("SELECT email FROM users WHERE id = ?")).bind(self.user_id).optional().await?;
            if names.is_some_and(|names| names.email.is_none()) {
                return Ok(Some(ProfileChanged::UsernameNeeded));
            }
        }
        conn.query(sql!("UPDATE users SET username = ?, username_key = ? WHERE id = ?"))
            .bind(username.map(|name| name.as_entered().to_owned()))
            .bind(username.map(|name| name.key().to_owned()))
            .bind(self.user_id)
            .execute()
            .await?;
        Ok(None)
    }
}
