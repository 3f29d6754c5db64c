//! The first administrator, by a one-time token that only the operator can read.

use uuid::Uuid;

use super::cause::Cause;
use super::new_password::{self, About, NewPasswordError};
use super::{Context, Visit};
use crate::domain::account::{Account, NewAccount};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::email::Email;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::role::ADMIN;
use crate::domain::secret_token::SecretToken;
use crate::store::administrators::{SetUp as SetUpUnit, SetUpDone};
use crate::store::audited::audited;
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
    let about = About { email: Some(input.email.as_entered()), ..About::default() };
    let accepted = new_password::check(context, visit, input.password, &about).await?;
    let hashed = new_password::hash(context, visit, accepted).await?;
    let (id, now) = (Uuid::now_v7(), context.house.clock.now());
    let account = NewAccount {
        id,
        email: Some(input.email),
        username: None,
        hashed_password: Some(hashed),
        display_name: None,
        metadata: None,
        // The operator says whose it is, and no mail could be sent before anything is set up.
        email_verified_at: Some(now),
        created_at: now,
    };
    let made = account.as_made();
    let actor = Actor::person(id);
    let created = visit.event(Action::UserCreated, actor).about(id).with("by", "set_up");
    let granted = visit.event(Action::RoleGranted, actor).about(id).with("role", ADMIN.name);
    let unit = SetUpUnit { token_hash: token.hash(), attempt: Uuid::now_v7(), account };
    let unit = audited(
        unit,
        move |done| {
            if *done == SetUpDone::Yes { vec![created.clone(), granted.clone()] } else { Vec::new() }
        },
    );
    match database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        SetUpDone::Yes => {}
        SetUpDone::TokenSpent => return Err(SetUpError::TokenSpent),
        // Without a username only the address can be taken.
        SetUpDone::EmailTaken | SetUpDone::UsernameTaken => return Err(SetUpError::EmailTaken),
    }
    tracing::info!(event = "first_administrator_created", user_id = %id);
    Ok(made)
}

impl From<NewPasswordError> for SetUpError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}
