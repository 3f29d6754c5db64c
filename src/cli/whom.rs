//! An account, as somebody at a terminal names it.

use clap::Args;

use super::exit::{Exit, Failure};
use super::offline::Offline;
use crate::domain::account::Account;
use crate::domain::user_record::UserRecord;
use crate::flows::admin::users::{FindUserError, find_user_called};

/// The argument of each command about one account (`#[command(flatten)]`).
#[derive(Debug, Args)]
pub struct Whom {
    /// Who: an id, an e-mail address or a username
    #[arg(value_name = "USER")]
    user: String,
}

impl Whom {
    /// # Errors
    /// A [`Failure`] that says whom nobody is.
    pub async fn find(&self, offline: &Offline) -> Result<UserRecord, Failure> {
        match find_user_called(offline.context(), &Offline::visit(), &self.user).await {
            Ok(record) => Ok(record),
            Err(FindUserError::NoSuchUser) => Err(Failure::new(Exit::NotFound, format!("nobody is {:?}", self.user))
                .hint("say an id, a whole e-mail address or a username; `keystead users list` shows them")),
            Err(FindUserError::Cause(cause)) => Err(cause.into()),
        }
    }
}

/// What people know an account by.
pub fn known_as(account: &Account) -> String {
    let name = account.email.as_ref().or(account.username.as_ref());
    name.cloned().unwrap_or_else(|| account.id.to_string())
}
