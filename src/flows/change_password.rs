//! Changing one's own password, signed in.

use super::cause::Cause;
use super::given_password::verify;
use super::letters::seal_letter;
use super::new_password::{self, About, NewPasswordError};
use super::throttle::{Subject, ThrottleError, admit};
use super::trail::sessions_ended;
use super::{Context, Visit};
use crate::actors::hasher::Verdict;
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::letter::Letter;
use crate::domain::password::{GivenPassword, NewPassword, Weakness};
use crate::domain::session::EndReason;
use crate::domain::standing::Standing;
use crate::domain::throttle::TooManyAttempts;
use crate::store::audited::audited;
use crate::store::passwords::{ChangePassword as ChangePasswordUnit, FindPassword, PasswordSet, SetPassword};
use crate::store::users::CredentialsRow;

#[derive(Debug)]
pub struct ChangePassword {
    pub current: GivenPassword,
    pub new: NewPassword,
    /// Otherwise every session ends but this one.
    pub keep_other_sessions: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    #[error("the current password is not this")]
    InvalidCredentials,
    #[error("the account has no password")]
    NoPassword,
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    /// Another password was set, or everything was signed out, while this one was being hashed.
    #[error("the account was changed meanwhile")]
    Overtaken,
    #[error("there is no such account")]
    NoSuchAccount,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`ChangePasswordError`].
pub async fn change_password(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    input: ChangePassword,
) -> Result<(), ChangePasswordError> {
    let (database, user_id) = (&context.house.database, claims.sub);
    let found = database.run(FindPassword { user_id }, visit.deadline).await.map_err(Cause::from)?;
    let row = found.ok_or(ChangePasswordError::NoSuchAccount)?;
    let (standing, account) = (row.user.standing(), row.user.account());
    let stored = row.hashed_password.ok_or(ChangePasswordError::NoPassword)?;

    let admission = admit(context, visit, &Subject::signed_in(user_id)).await?;
    match verify(context, visit, &input.current, Some(&stored)).await? {
        Verdict::Right { .. } => drop(admission),
        Verdict::Wrong => {
            let event = visit.event(Action::PasswordChangeFailed, Actor::bearer(claims)).about(user_id);
            admission.failed(context, visit, event.refused("wrong_password")).await?;
            tracing::info!(event = "password_change", outcome = "invalid_credentials", %user_id);
            return Err(ChangePasswordError::InvalidCredentials);
        }
    }
    let accepted = new_password::check(context, visit, input.new, &About::account(&account, Some(&stored))).await?;
    let new = new_password::hash(context, visit, accepted).await?;
    let letter = account.email.as_ref().map(|email| seal_letter(context, email, &Letter::PasswordChanged));
    let set = SetPassword {
        user_id,
        auth_epoch: standing.auth_epoch,
        old: Some(stored),
        new,
        history: context.rules.password_policy.former(),
        letter: letter.transpose()?,
    };
    let ends_all_but = if input.keep_other_sessions { None } else { claims.sid };
    let mut unit = ChangePasswordUnit { set, ends_all_but, access_ttl: context.rules.access_ttl };
    let told = told(visit, claims);
    let mut outcome = database.run(audited(unit.clone(), told.clone()), visit.deadline).await.map_err(Cause::from)?;
    if outcome == PasswordSet::Overtaken {
        unit.set.old = Some(hashed_anew(context, visit, &standing).await?);
        outcome = database.run(audited(unit, told), visit.deadline).await.map_err(Cause::from)?;
    }
    match outcome {
        PasswordSet::Yes(ended) => ended.iter().for_each(|revocation| context.house.revocations.learn(revocation)),
        PasswordSet::Overtaken => return Err(ChangePasswordError::Overtaken),
    }
    context.house.mailer.wake();
    tracing::info!(event = "password_change", outcome = "success", %user_id);
    Ok(())
}

fn told(visit: &Visit, claims: &AccessClaims) -> impl Fn(&PasswordSet) -> Vec<NewEvent> + Clone + use<> {
    let (actor, user_id) = (Actor::bearer(claims), claims.sub);
    let changed = visit.event(Action::PasswordChanged, actor).about(user_id);
    let ended = sessions_ended(visit, actor, user_id, EndReason::PasswordChanged);
    move |set| match set {
        PasswordSet::Yes(None) => vec![changed.clone()],
        PasswordSet::Yes(Some(_)) => vec![changed.clone(), ended.clone()],
        PasswordSet::Overtaken => Vec::new(),
    }
}

/// The stored hash of the very password that was looked at, where a sign-in has since hashed it with today's parameters.
/// That happens once, so it is looked for once.
async fn hashed_anew(context: &Context, visit: &Visit, before: &Standing) -> Result<String, ChangePasswordError> {
    let find = FindPassword { user_id: before.user_id };
    let row = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?;
    let is_the_same = |row: &CredentialsRow| row.user.standing() == *before;
    row.filter(is_the_same).and_then(|row| row.hashed_password).ok_or(ChangePasswordError::Overtaken)
}

impl From<NewPasswordError> for ChangePasswordError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}

impl From<ThrottleError> for ChangePasswordError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::TooMany(too_many) => Self::TooMany(too_many),
            ThrottleError::Cause(cause) => Self::Cause(cause),
        }
    }
}
