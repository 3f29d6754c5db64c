//! An account with all that is held about its owner, out of every table, in one unit.

use std::time::Duration;

use sqlx::error::ErrorKind;
use uuid::Uuid;

use super::conn::Conn;
use super::error::overtaken;
use super::query::Query;
use super::sql::Sql;
use super::sweeping::{delete_keys, keyed_delete, marks};
use super::{audit_events, revocations, roles};
use crate::domain::revocation::{Revocation, What};
use crate::domain::role::ADMIN;
use crate::domain::session::EndReason;
use crate::sql;

/// What stays is a row of `revocations`, which names nobody, until the last access token has expired, and the events of the
/// audit trail, without what was personal in them: there the id is all that is left of somebody.
pub struct DeleteAccount {
    pub user_id: Uuid,
    pub access_ttl: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountDeleted {
    Yes(Revocation),
    /// There would be no administrator left who can sign in.
    LastAdministrator,
    NoSuchUser,
}

#[derive(sqlx::FromRow)]
struct UserRow {
    email: Option<String>,
    email_key: Option<String>,
    username_key: Option<String>,
    auth_epoch: i64,
}

#[derive(sqlx::FromRow)]
struct Key {
    id: Uuid,
}

impl Query for DeleteAccount {
    type Output = AccountDeleted;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<AccountDeleted> {
        if let Some(done) = revocations::find(conn, conn.unit()).await? {
            return Ok(AccountDeleted::Yes(done));
        }
        // Everybody who changes the number of administrators writes this row first: counting alone is write skew. Also
        // for somebody who is none, as far as can be seen: they may be made one meanwhile, and then be the last.
        conn.query(sql!("UPDATE roles SET guard = guard + 1 WHERE name = ?")).bind(ADMIN.name).execute().await?;
        if roles::is_last_administrator(conn, self.user_id).await? {
            return Ok(AccountDeleted::LastAdministrator);
        }
        // Holds the row: no session begins any more, and nothing that hangs on it changes.
        let raise = sql!("UPDATE users SET auth_epoch = auth_epoch + 1 WHERE id = ?");
        conn.query(raise).bind(self.user_id).execute().await?;
        let find = sql!("SELECT email, email_key, username_key, auth_epoch FROM users WHERE id = ?");
        let Some(user) = conn.query(find).bind(self.user_id).optional::<UserRow>().await? else {
            return Ok(AccountDeleted::NoSuchUser);
        };
        self.delete_what_hangs_on_it(conn).await?;
        if let Some(email) = user.email {
            delete_mails(conn, email).await?;
        }
        let names: Vec<_> = [user.email_key, user.username_key].into_iter().flatten().collect();
        audit_events::erase(conn, self.user_id, &names).await?;
        self.delete_user(conn).await?;
        let what = What::User { user_id: self.user_id, epoch: user.auth_epoch, except: None };
        let (now, reason) = (conn.now(), EndReason::AccountDeleted.word());
        let revocation = Revocation { id: conn.unit(), ..Revocation::new(now, what, reason, self.access_ttl) };
        revocations::write(conn, &revocation).await?;
        Ok(AccountDeleted::Yes(revocation))
    }
}

/// One statement a table that names the user. A table that comes to hold something about people gets its line here, and
/// another in `personal_data.rs`.
const HANGS_ON_USERS: [Sql; 5] = [
    sql!("DELETE FROM identities WHERE user_id = ?"),
    sql!("DELETE FROM recovery_codes WHERE user_id = ?"),
    sql!("DELETE FROM password_history WHERE user_id = ?"),
    sql!("DELETE FROM one_time_tokens WHERE user_id = ?"),
    sql!("DELETE FROM user_roles WHERE user_id = ?"),
];

impl DeleteAccount {
    async fn delete_what_hangs_on_it(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        // By key: nothing leads from a user to the families, and with a subquery MariaDB would read and lock them all.
        let find = sql!("SELECT id FROM sessions WHERE user_id = ?");
        let sessions = ids(conn.query(find).bind(self.user_id).all().await?);
        delete_keys(conn, keyed_delete!("refresh_tokens", "session_id"), &sessions).await?;
        delete_keys(conn, keyed_delete!("sessions", "id"), &sessions).await?;
        for delete in HANGS_ON_USERS {
            conn.query(delete).bind(self.user_id).execute().await?;
        }
        Ok(())
    }

    async fn delete_user(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let deleted = conn.query(sql!("DELETE FROM users WHERE id = ?")).bind(self.user_id).execute().await;
        match deleted {
            Ok(_) => Ok(()),
            // PostgreSQL lets a row that refers to this one in, as long as nobody changes the key. It came too late to be
            // deleted above; the next run finds it.
            Err(sqlx::Error::Database(refusal)) if refusal.kind() == ErrorKind::ForeignKeyViolation => Err(overtaken()),
            Err(cause) => Err(cause),
        }
    }
}

/// To an address, sent or not. By key, because there is no index that leads there: the SELECT locks nothing.
async fn delete_mails(conn: &mut Conn<'_>, recipient: String) -> sqlx::Result<()> {
    let mails = ids(conn.query(sql!("SELECT id FROM outbox WHERE recipient = ?")).bind(recipient).all().await?);
    delete_keys(conn, keyed_delete!("outbox", "id"), &mails).await?;
    Ok(())
}

fn ids(keys: Vec<Key>) -> Vec<Uuid> {
    keys.into_iter().map(|key| key.id).collect()
}
