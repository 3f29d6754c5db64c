//! The part of `users` that people change themselves.

use uuid::Uuid;

use super::conn::Conn;
use super::query::Query;
use super::sql::Sql;
use crate::domain::account::{Change, ProfileChange};
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
struct EmailRow {
    email: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Holder {
    id: Uuid,
}

impl Query for ChangeProfile {
    type Output = ProfileChanged;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<ProfileChanged> {
        let ProfileChange { username, display_name, metadata } = &self.change;
        // The unique key decides; looking first only makes the usual answer cheap, and a lost race runs the unit again.
        match username {
            Change::Keep => {}
            Change::Set(name) if self.is_taken(conn, name).await? => return Ok(ProfileChanged::UsernameTaken),
            Change::Remove if self.lacks_email(conn).await? => return Ok(ProfileChanged::UsernameNeeded),
            Change::Set(name) => self.set_username(conn, Some(name)).await?,
            Change::Remove => self.set_username(conn, None).await?,
        }
        let display_name = written(display_name, |name| name.as_str());
        self.set(conn, sql!("UPDATE users SET display_name = ? WHERE id = ?"), display_name).await?;
        let metadata = written(metadata, |metadata| metadata.as_str());
        self.set(conn, sql!("UPDATE users SET metadata = ? WHERE id = ?"), metadata).await?;
        let now = conn.now();
        let touched = conn
            .query(sql!("UPDATE users SET updated_at = ? WHERE id = ?"))
            .bind(now)
            .bind(self.user_id)
            .execute()
            .await?;
        Ok(if touched == 1 { ProfileChanged::Yes } else { ProfileChanged::NoSuchUser })
    }
}

/// As it is to stand in the column; `Keep` where it is not to be written.
fn written<T>(change: &Change<T>, text: impl Fn(&T) -> &str) -> Change<String> {
    match change {
        Change::Keep => Change::Keep,
        Change::Remove => Change::Remove,
        Change::Set(value) => Change::Set(text(value).to_owned()),
    }
}

impl ChangeProfile {
    async fn is_taken(&self, conn: &mut Conn<'_>, name: &Username) -> sqlx::Result<bool> {
        let find = sql!("SELECT id FROM users WHERE username_key = ?");
        let holder: Option<Holder> = conn.query(find).bind(name.key().to_owned()).optional().await?;
        Ok(holder.is_some_and(|holder| holder.id != self.user_id))
    }

    async fn lacks_email(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        let find = sql!("SELECT email FROM users WHERE id = ?");
        let found: Option<EmailRow> = conn.query(find).bind(self.user_id).optional().await?;
        Ok(found.is_some_and(|row| row.email.is_none()))
    }

    async fn set_username(&self, conn: &mut Conn<'_>, name: Option<&Username>) -> sqlx::Result<()> {
        conn.query(sql!("UPDATE users SET username = ?, username_key = ? WHERE id = ?"))
            .bind(name.map(|name| name.as_entered().to_owned()))
            .bind(name.map(|name| name.key().to_owned()))
            .bind(self.user_id)
            .execute()
            .await?;
        Ok(())
    }

    async fn set(&self, conn: &mut Conn<'_>, update: Sql, change: Change<String>) -> sqlx::Result<()> {
        let value = match change {
            Change::Keep => return Ok(()),
            Change::Remove => None,
            Change::Set(value) => Some(value),
        };
        conn.query(update).bind(value).bind(self.user_id).execute().await?;
        Ok(())
    }
}
