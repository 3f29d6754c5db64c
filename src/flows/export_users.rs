//! Everybody, one page after the other, for another system or another database.

use std::time::Duration;

use secrecy::SecretString;
use uuid::Uuid;

use super::cause::Cause;
use super::second_factor::open_secret;
use super::trail::note;
use super::{Context, Visit};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::clock::{Deadline, Timestamp};
use crate::domain::user_record::UserRecord;
use crate::store::exported_users::{CountUsers, ExportUsers, ExportedUser};

/// A page: two statements, and well below a megabyte unless everybody's metadata is as long as it may be.
const PAGE_USERS: u16 = 512;
const PATIENCE: Duration = Duration::from_secs(10);

/// A user with what signs them in, where that was asked for.
#[derive(Debug)]
pub struct ExportedAccount {
    pub record: UserRecord,
    pub email_verified_at: Option<Timestamp>,
    pub secrets: Option<ExportedSecrets>,
}

#[derive(Debug)]
pub struct ExportedSecrets {
    pub password_hash: Option<SecretString>,
    /// In base32. Of a second factor that is on.
    pub mfa_secret: Option<SecretString>,
}

pub struct Export<'a> {
    context: &'a Context,
    with_secrets: bool,
    after: Uuid,
    /// How many there were when it began.
    pub users: u64,
}

impl<'a> Export<'a> {
    /// The trail tells of it before anything is read.
    ///
    /// # Errors
    /// [`Cause`].
    pub async fn begin(context: &'a Context, visit: &Visit, with_secrets: bool) -> Result<Self, Cause> {
        let event = visit.event(Action::UsersExported, Actor::OPERATOR);
        note(context, visit, event.with("secrets", with_secrets.to_string())).await?;
        let users = context.house.database.run(CountUsers, visit.deadline).await?;
        Ok(Self { context, with_secrets, after: Uuid::nil(), users })
    }

    /// The next ones; none: that was all.
    ///
    /// # Errors
    /// [`Cause`].
    pub async fn next(&mut self) -> Result<Vec<ExportedAccount>, Cause> {
        let page = ExportUsers { after: self.after, limit: PAGE_USERS };
        let users = self.context.house.database.run(page, Deadline::within(PATIENCE)).await?;
        self.after = users.last().map_or(self.after, |user| user.record.account.id);
        users.into_iter().map(|user| self.told(user)).collect()
    }

    fn told(&self, user: ExportedUser) -> Result<ExportedAccount, Cause> {
        let ExportedUser { record, email_verified_at, hashed_password, sealed_mfa_secret } = user;
        let secrets = if self.with_secrets {
            let open =
                |sealed: Vec<u8>| open_secret(self.context, record.account.id, &sealed).map(|secret| secret.base32());
            let mfa_secret = sealed_mfa_secret.map(open).transpose()?;
            Some(ExportedSecrets { password_hash: hashed_password.map(SecretString::from), mfa_secret })
        } else {
            None
        };
        Ok(ExportedAccount { record, email_verified_at, secrets })
    }
}
