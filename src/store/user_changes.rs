//! What administrators change of an account, and accounts that they make.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::one_time_tokens::{self, Kind};
use super::query::Query;
use super::sessions::{self, EndUserSessions};
use super::sql::Sql;
use super::user_records::{self, touch};
use super::users::{self, Created};
use super::{administrators, revocations, roles};
use crate::domain::account::{Change, NewAccount};
use crate::domain::etag::Precondition;
use crate::domain::revocation::Revocation;
use crate::domain::role::USER;
use crate::domain::session::EndReason;
use crate::domain::user_record::{UserChange, UserRecord};
use crate::sql;

/// Makes an account with the role `user`.
pub struct MakeUser {
    pub account: NewAccount,
    /// Somebody else has chosen the password.
    pub must_change_password: bool,
}

impl Query for MakeUser {
    type Output = Created;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Created> {
        let created = users::create(conn, &self.account, USER.name).await?;
        if created == Created::Yes && self.must_change_password {
            let update = sql!("UPDATE users SET must_change_password = TRUE WHERE id = ?");
            conn.query(update).bind(self.account.id).execute().await?;
        }
        Ok(created)
    }
}

/// Sets what is named and leaves the rest. Who is taken out of use is signed out everywhere.
pub struct ChangeUser {
    pub user_id: Uuid,
    pub change: UserChange,
    pub precondition: Precondition,
    pub access_ttl: Duration,
}

#[derive(Clone, Debug)]
pub enum UserChanged {
    Yes {
        /// As it stands now.
        record: Box<UserRecord>,
        /// `None` where nobody was signed out.
        ended: Option<Revocation>,
        /// Whether it is another one than before.
        differs: bool,
    },
    PreconditionFailed,
    /// There would be no administrator left who can sign in.
    LastAdministrator,
    /// There is no address that could be verified.
    NoEmail,
    NoSuchUser,
}

impl Query for ChangeUser {
    type Output = UserChanged;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<UserChanged> {
        let takes_out_of_use = self.change.active == Some(false);
        if takes_out_of_use {
            administrators::guard(conn).await?;
        }
        // Holds the row, so that what is compared is what is written over.
        users::hold(conn, self.user_id).await?;
        let Some(record) = user_records::find(conn, self.user_id).await? else {
            return Ok(UserChanged::NoSuchUser);
        };
        let ended = revocations::find(conn, conn.unit()).await?;
        // Also where an earlier run of this unit has done it: then the tag is another one by now. RFC 9110, section
        // 13.1.1, lets a change that is there already be a success.
        if ended.is_some() || self.change.is_met_by(&record) {
            let differs = ended.is_some();
            return Ok(UserChanged::Yes { record: Box::new(record), ended, differs });
        }
        if !self.precondition.holds_for(&record.etag()) {
            return Ok(UserChanged::PreconditionFailed);
        }
        if self.change.email_verified == Some(true) && record.account.email.is_none() {
            return Ok(UserChanged::NoEmail);
        }
        let was_active = record.account.active;
        if takes_out_of_use && was_active && roles::is_last_administrator(conn, self.user_id).await? {
            return Ok(UserChanged::LastAdministrator);
        }
        self.write(conn).await?;
        let ended = if takes_out_of_use && was_active { self.sign_out(conn).await? } else { None };
        let record = user_records::find(conn, self.user_id).await?.map_or(Box::new(record), Box::new);
        Ok(UserChanged::Yes { record, ended, differs: true })
    }
}

impl ChangeUser {
    async fn write(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let (now, change) = (conn.now(), &self.change);
        if let Some(active) = change.active {
            let update = sql!("UPDATE users SET active = ? WHERE id = ?");
            conn.query(update).bind(active).bind(self.user_id).execute().await?;
        }
        match change.email_verified {
            None => {}
            Some(true) => vouch_for_address(conn, self.user_id).await?,
            Some(false) => {
                let update = sql!("UPDATE users SET email_verified_at = NULL WHERE id = ?");
                conn.query(update).bind(self.user_id).execute().await?;
            }
        }
        let display_name = sql!("UPDATE users SET display_name = ? WHERE id = ?");
        self.set(conn, display_name, &change.display_name, |name| name.as_str()).await?;
        let metadata = sql!("UPDATE users SET metadata = ? WHERE id = ?");
        self.set(conn, metadata, &change.metadata, |metadata| metadata.as_str()).await?;
        touch(conn, self.user_id, now).await?;
        Ok(())
    }

    async fn set<T>(
        &self,
        conn: &mut Conn<'_>,
        update: Sql,
        change: &Change<T>,
        text: impl Fn(&T) -> &str,
    ) -> sqlx::Result<()> {
        let value = match change {
            Change::Keep => return Ok(()),
            Change::Remove => None,
            Change::Set(value) => Some(text(value).to_owned()),
        };
        conn.query(update).bind(value).bind(self.user_id).execute().await?;
        Ok(())
    }

    async fn sign_out(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Revocation>> {
        let (user_id, reason, access_ttl) = (self.user_id, EndReason::AccountDisabled, self.access_ttl);
        sessions::end_all_of(conn, &EndUserSessions { user_id, except: None, reason, access_ttl }).await
    }
}

/// For units of somebody who says whose the address is. The first time stays written; what was mailed to show it is
/// needed no more.
async fn vouch_for_address(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<()> {
    let now = conn.now();
    conn.query(sql!("UPDATE users SET email_verified_at = COALESCE(email_verified_at, ?) WHERE id = ?"))
        .bind(now)
        .bind(user_id)
        .execute()
        .await?;
    one_time_tokens::withdraw(conn, Kind::VerifyEmail, Some(user_id)).await?;
    Ok(())
}
