//! What a new password must be like: one rule, on every path that sets one.
//!
//! Nothing but [`Rule::hash`] turns a password into a hash that is kept, and it takes only what [`Rule::accept`] gave.

use secrecy::SecretString;
use uuid::Uuid;

use super::cause::Cause;
use super::{Context, Visit};
use crate::actors::database::DatabaseDoor;
use crate::actors::hasher::{HashError, HasherDoor, Verdict};
use crate::domain::account::Account;
use crate::domain::clock::Deadline;
use crate::domain::password::strength::Strength;
use crate::domain::password::words::Words;
use crate::domain::password::{NewPassword, PasswordPolicy, Weakness};
use crate::store::passwords::FormerPasswords;

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

/// The rule, and what it takes to apply it.
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

    /// What is wrong with it as it stands, and how many guesses it stands.
    ///
    /// # Errors
    /// [`Cause`], where the hasher has no room.
    pub(super) async fn judge(
        &self,
        password: &NewPassword,
        about: &About<'_>,
    ) -> Result<(Vec<Weakness>, Strength), Cause> {
        let words = Words::of(about.email, about.username, about.display_name);
        let mut weaknesses = self.policy.weaknesses(password, &words);
        let strength = self.hasher.strength(password.secret().clone(), words, self.deadline).await?;
        weaknesses.extend(self.policy.judge_strength(&strength));
        Ok((weaknesses, strength))
    }

    /// # Errors
    /// [`NewPasswordError::Weak`] with every reason; whether it was used before is asked only of one that has no other.
    pub(super) async fn accept(&self, password: NewPassword, about: &About<'_>) -> Result<Accepted, NewPasswordError> {
        let (mut weaknesses, _) = self.judge(&password, about).await?;
        if let (true, Some(holder)) = (weaknesses.is_empty(), about.holder) {
            weaknesses.extend(self.used(&password, holder).await?);
        }
        if weaknesses.is_empty() {
            Ok(Accepted(password.into_secret()))
        } else {
            Err(NewPasswordError::Weak(weaknesses))
        }
    }

    /// Whether it is the present password, or one of those before it that still count. Each costs a hash; there are at
    /// most ten.
    async fn used(&self, password: &NewPassword, holder: Holder<'_>) -> Result<Option<Weakness>, Cause> {
        if let Some(current) = holder.current
            && self.is_same(password, current).await?
        {
            return Ok(Some(Weakness::Unchanged));
        }
        let limit = self.policy.former();
        if limit == 0 {
            return Ok(None);
        }
        for former in self.database.run(FormerPasswords { user_id: holder.user_id, limit }, self.deadline).await? {
            if self.is_same(password, &former).await? {
                return Ok(Some(Weakness::UsedBefore));
            }
        }
        Ok(None)
    }

    async fn is_same(&self, password: &NewPassword, stored: &str) -> Result<bool, Cause> {
        match self.hasher.verify(password.secret().clone(), Some(stored), self.deadline).await {
            Ok(verdict) => Ok(matches!(verdict, Verdict::Right { .. })),
            // Nobody gets in with a hash that cannot be computed here, so it need not be told from the new one.
            Err(HashError::Unusable(_) | HashError::TooLarge { .. }) => Ok(false),
            Err(cause @ (HashError::Refused(_) | HashError::Failed(_))) => Err(cause.into()),
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
