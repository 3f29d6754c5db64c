//! Making an account of one's own.

use uuid::Uuid;

use super::cause::Cause;
use super::{Context, Registration, Visit};
use crate::domain::account::{Account, NewAccount};
use crate::domain::email::Email;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::role::USER;
use crate::domain::username::Username;
use crate::store::users::{CreateUser, Created, WhoHolds};

#[derive(Debug)]
pub struct Register {
    pub email: Email,
    pub password: NewPassword,
    pub username: Option<Username>,
    pub display_name: Option<DisplayName>,
    pub metadata: Option<Metadata>,
}

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("registration is closed")]
    Closed,
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`RegisterError`]; the cheap refusals come before a place in the hasher is taken.
pub async fn register(context: &Context, visit: &Visit, input: Register) -> Result<Account, RegisterError> {
    match context.rules.registration {
        Registration::Open => {}
        Registration::Invite | Registration::Closed => return Err(RegisterError::Closed),
    }
    let weaknesses = context.rules.password_policy.weaknesses(&input.password);
    if !weaknesses.is_empty() {
        return Err(RegisterError::WeakPassword(weaknesses));
    }
    let database = &context.house.database;
    let id = Uuid::now_v7();
    let who_holds = WhoHolds { id, email: Some(input.email.clone()), username: input.username.clone() };
    refuse(database.run(who_holds, visit.deadline).await.map_err(Cause::from)?)?;
    let hashed = context.house.hasher.hash(input.password.into_secret(), visit.deadline).await.map_err(Cause::from)?;
    let account = NewAccount {
        id,
        email: Some(input.email),
        username: input.username,
        hashed_password: Some(hashed),
        display_name: input.display_name,
        metadata: input.metadata,
        created_at: context.house.clock.now(),
    };
    let made = account.as_made();
    refuse(database.run(CreateUser { account, role: USER.name }, visit.deadline).await.map_err(Cause::from)?)?;
    tracing::info!(event = "account_created", user_id = %id);
    Ok(made)
}

fn refuse(created: Created) -> Result<(), RegisterError> {
    match created {
        Created::Yes => Ok(()),
        Created::EmailTaken => Err(RegisterError::EmailTaken),
        Created::UsernameTaken => Err(RegisterError::UsernameTaken),
    }
}
