//! The first administrator, by a one-time token that only the operator can read.

use uuid::Uuid;

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::account::{Account, NewAccount};
use crate::domain::email::Email;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::secret_token::SecretToken;
use crate::store::administrators::{SetUp as SetUpUnit, SetUpDone};
use crate::store::roles::HasAdministrator;

#[derive(Debug)]
pub struct SetUp {
    /// `None`: what was given cannot be a token.
    pub token: Option<SecretToken>,
    pub email: Email,
    pub password: NewPassword,
}

#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    #[error("the set-up token is spent, or there is an administrator already")]
    TokenSpent,
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`SetUpError`]. A refusal other than `TokenSpent` leaves the token good.
pub async fn set_up(context: &Context, visit: &Visit, input: SetUp) -> Result<Account, SetUpError> {
    let database = &context.house.database;
    let token = input.token.ok_or(SetUpError::TokenSpent)?;
    if database.run(HasAdministrator, visit.deadline).await.map_err(Cause::from)? {
        return Err(SetUpError::TokenSpent);
    }
    let weaknesses = context.rules.password_policy.weaknesses(&input.password);
    if !weaknesses.is_empty() {
        return Err(SetUpError::WeakPassword(weaknesses));
    }
    let hashed = context.house.hasher.hash(input.password.into_secret(), visit.deadline).await.map_err(Cause::from)?;
    let id = Uuid::now_v7();
    let account = NewAccount {
        id,
        email: Some(input.email),
        username: None,
        hashed_password: Some(hashed),
        display_name: None,
        metadata: None,
        created_at: context.house.clock.now(),
    };
    let made = account.as_made();
    let unit = SetUpUnit { token_hash: token.hash(), attempt: Uuid::now_v7(), account };
    match database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        SetUpDone::Yes => {}
        SetUpDone::TokenSpent => return Err(SetUpError::TokenSpent),
        // Without a username only the address can be taken.
        SetUpDone::EmailTaken | SetUpDone::UsernameTaken => return Err(SetUpError::EmailTaken),
    }
    tracing::info!(event = "first_administrator_created", user_id = %id);
    Ok(made)
}
