//! A password that an administrator chooses, or wants changed. Nobody keeps one that somebody else has chosen.

use uuid::Uuid;

use super::above::{AboveError, may_act_on};
use super::by::By;
use crate::domain::audit_event::Action;
use crate::domain::letter::Letter;
use crate::domain::password::{NewPassword, Weakness};
use crate::flows::cause::Cause;
use crate::flows::letters::seal_letter;
use crate::flows::new_password::{self, About, NewPasswordError};
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::given_passwords::{ChangeRequired, GivePassword, RequirePasswordChange};
use crate::store::passwords::FindPassword;

#[derive(Debug, thiserror::Error)]
pub enum GivePasswordError {
    #[error("there is no such user")]
    NoSuchUser,
    #[error("the account has no password")]
    NoPassword,
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Sets a temporary password: it ends every session, and has to be changed at the next sign-in.
///
/// # Errors
/// [`GivePasswordError`]; then nothing has changed.
pub async fn give_password(
    context: &Context,
    visit: &Visit,
    by: &By,
    user_id: Uuid,
    password: NewPassword,
) -> Result<(), GivePasswordError> {
    may_act_on(context, visit, by, user_id).await?;
    let database = &context.house.database;
    let found = database.run(FindPassword { user_id }, visit.deadline).await.map_err(Cause::from)?;
    let row = found.ok_or(GivePasswordError::NoSuchUser)?;
    let account = row.user.account();
    let about = About::account(&account, row.hashed_password.as_deref());
    let accepted = new_password::check(context, visit, password, &about).await?;
    let new = new_password::hash(context, visit, accepted).await?;
    let letter = account.email.as_ref().map(|email| seal_letter(context, email, &Letter::PasswordChanged));
    let unit = GivePassword {
        user_id,
        new,
        history: context.rules.password_policy.former(),
        letter: letter.transpose()?,
        access_ttl: context.rules.access_ttl,
    };
    let event = visit.event(Action::PasswordSet, by.actor()).about(user_id);
    let unit = audited(unit, move |done| done.is_some().then(|| event.clone()));
    let ended = database.run(unit, visit.deadline).await.map_err(Cause::from)?;
    context.house.revocations.learn(&ended.ok_or(GivePasswordError::NoSuchUser)?);
    context.house.mailer.wake();
    tracing::info!(event = "password_set", %user_id, %by);
    Ok(())
}

/// Has the password changed at the next sign-in. Sessions go on.
///
/// # Errors
/// [`GivePasswordError`].
pub async fn require_password_change(
    context: &Context,
    visit: &Visit,
    by: &By,
    user_id: Uuid,
) -> Result<(), GivePasswordError> {
    may_act_on(context, visit, by, user_id).await?;
    let event = visit.event(Action::PasswordChangeRequired, by.actor()).about(user_id);
    let unit = RequirePasswordChange { user_id };
    let unit = audited(unit, move |done| (*done == ChangeRequired::Yes).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        ChangeRequired::Yes | ChangeRequired::Before => Ok(()),
        ChangeRequired::NoPassword => Err(GivePasswordError::NoPassword),
        ChangeRequired::NoSuchUser => Err(GivePasswordError::NoSuchUser),
    }
}

impl From<NewPasswordError> for GivePasswordError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}
