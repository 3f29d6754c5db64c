//! What a new password must be like: one rule, on every path that sets one.
//!
//! Nothing but [`Rule::hash`] turns a password into a hash that is kept, and it takes only what [`Rule::accept`] gave.

use secrecy::SecretString;
use uuid::Uuid;

use super::cause::Cause;
use super::{Context, Visit};
use crate::actors::database::DatabaseDoor;
use crate::actors::hasher::HasherDoor;
use crate::domain::account::Account;
use crate::domain::clock::Deadline;
use crate::domain::password::{NewPassword, PasswordPolicy, Weakness};

/// Whose password it is to be: nobody's words are their own password, and nobody's old one is a new one.
#[derive(Debug, Default)]
pub(super) struct About<'a> {
    pub email: Option<&'a str>,
    pub username: Option<&'a str>,
    pub display_name: Option<&'a str>,
    /// `None`: an account that is about to be made.
    pub holder: Option<Holder<'a>>,
}

/// An account that is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holder<'a> {
    pub user_id: Uuid,
    /// The stored hash of the password that it has now.
    pub current: Option<&'a str>,
}

impl<'a> About<'a> {
    pub(super) fn account(account: &'a Account, current: Option<&'a str>) -> Self {
        Self {
            email: account.email.as_deref(),
            username: account.username.as_deref(),
            display_name: account.display_name.as_deref(),
            holder: Some(Holder { user_id: account.id, current }),
        }
    }
}

/// A password that the rule allows to its owner.
#[derive(Debug)]
pub(super) struct Accepted(SecretString);

#[derive(Debug, thiserror::Error)]
pub(super) enum NewPasswordError {
    #[error("the password is too weak")]
    Weak(Vec<Weakness>),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// The rule, and what it takes to apply it; on the command line there is no [`Context`].
pub(super) struct Rule<'a> {
    pub policy: &'a PasswordPolicy,
    pub database: &'a DatabaseDoor,
    pub hasher: &'a HasherDoor,
    pub deadline: Deadline,
}

impl<'a> Rule<'a> {
    pub(super) fn of(context: &'a Context, visit: &Visit) -> Self {
        let house = &context.house;
        let policy = &context.rules.password_policy;
        Self { policy, database: &house.database, hasher: &house.hasher, deadline: visit.deadline }
    }

    /// # Errors
    /// [`NewPasswordError::Weak`] with every reason.
    pub(super) async fn accept(&self, password: NewPassword, about: &About<'_>) -> Result<Accepted, NewPasswordError> {
        let _ = (self.database, about);
        let weaknesses = self.policy.weaknesses(&password);
        if weaknesses.is_empty() {
            Ok(Accepted(password.into_secret()))
        } else {
            Err(NewPasswordError::Weak(weaknesses))
        }
    }

    /// The PHC string that is kept.
    pub(super) async fn hash(&self, password: Accepted) -> Result<String, Cause> {
        Ok(self.hasher.hash(password.0, self.deadline).await?)
    }
}

/// Before anything is spent for it: [`Rule::accept`] with what this installation has.
pub(super) async fn check(
    context: &Context,
    visit: &Visit,
    password: NewPassword,
    about: &About<'_>,
) -> Result<Accepted, NewPasswordError> {
    Rule::of(context, visit).accept(password, about).await
}

/// [`Rule::hash`] with what this installation has.
pub(super) async fn hash(context: &Context, visit: &Visit, password: Accepted) -> Result<String, Cause> {
    Rule::of(context, visit).hash(password).await
}
