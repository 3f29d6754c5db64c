//! Making an account of one's own.

use uuid::Uuid;

use super::cause::Cause;
use super::new_password::{self, About, NewPasswordError};
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
    let about = About {
        email: Some(input.email.as_entered()),
        username: input.username.as_ref().map(Username::as_entered),
        display_name: input.display_name.as_ref().map(DisplayName::as_str),
        holder: None,
    };
    let accepted = new_password::check(context, visit, input.password, &about).await?;
    let database = &context.house.database;
    let id = Uuid::now_v7();
    let who_holds = WhoHolds { id, email: Some(input.email.clone()), username: input.username.clone() };
    refuse(database.run(who_holds, visit.deadline).await.map_err(Cause::from)?)?;
    let hashed = new_password::hash(context, visit, accepted).await?;
    let account = NewAccount {
        id,
        email: Some(input.email),
        username: input.username,
        hashed_password: Some(hashed),
        display_name: input.display_name,
        metadata: input.metadata,
        email_verified_at: None,
        created_at: context.house.clock.now(),
    };
    let made = account.as_made();
    refuse(database.run(CreateUser { account, role: USER.name }, visit.deadline).await.map_err(Cause::from)?)?;
    tracing::info!(event = "account_created", user_id = %id);
    Ok(made)
}

impl From<NewPasswordError> for RegisterError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}

fn refuse(created: Created) -> Result<(), RegisterError> {
    match created {
        Created::Yes => Ok(()),
        Created::EmailTaken => Err(RegisterError::EmailTaken),
        Created::UsernameTaken => Err(RegisterError::UsernameTaken),
    }
}
