//! Another password by a token that was mailed: it ends every session, and lets nobody in by itself.

use uuid::Uuid;

use super::cause::Cause;
use super::letters::seal_letter;
use super::new_password::{self, About, NewPasswordError};
use super::resend_verification::Addressed;
use super::trail::sessions_ended;
use super::{Context, Visit, token_payload};
use crate::actors::door::Refused;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::letter::Letter;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::secret_token::SecretToken;
use crate::domain::session::EndReason;
use crate::store::audited::audited;
use crate::store::one_time_tokens::{FindToken, Kind, TokenRow};
use crate::store::passwords::{FindPassword, SetPassword};
use crate::store::registrations::Spend;
use crate::store::resets::{PasswordReset, ResetPassword as ResetUnit};
use crate::store::users::CredentialsRow;

/// Looks at an account that somebody else keeps changing: a sign-in that renews the hash, a sign-out everywhere. Each
/// happens once, and three of them within a request's time to none.
const LOOKS: u32 = 3;

#[derive(Debug)]
pub struct ResetPassword {
    /// `None`: what was given cannot be a token.
    pub token: Option<SecretToken>,
    pub new_password: NewPassword,
}

#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// Or the account is locked or disabled, or has another address by now.
    #[error("the token is spent or has expired")]
    TokenSpent,
    /// The token stays good.
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Sets the password. Whoever had a session has none any more, and a second factor is owed as ever.
///
/// # Errors
/// [`ResetPasswordError`]; before a place in the hasher is taken, where it can be known by then.
pub async fn reset_password(context: &Context, visit: &Visit, input: ResetPassword) -> Result<(), ResetPasswordError> {
    let database = &context.house.database;
    let token_hash = input.token.ok_or(ResetPasswordError::TokenSpent)?.hash();
    let find = FindToken { kind: Kind::ResetPassword, token_hash };
    let row = database.run(find, visit.deadline).await.map_err(Cause::from)?.ok_or(ResetPasswordError::TokenSpent)?;
    let Addressed { email_key } = token_payload::open(&context.house.sealer, &row)?;
    let found = owner(context, visit, &row).await?;
    let account = found.user.clone().account();
    let about = About::account(&account, found.hashed_password.as_deref());
    let accepted = new_password::check(context, visit, input.new_password, &about).await?;
    let hashed = new_password::hash(context, visit, accepted).await?;
    let token = Spend { token_hash, attempt: Uuid::now_v7() };
    let (told, mut found) = (told(visit, account.id), found);
    for _ in 0..LOOKS {
        let set = set_password(context, &found, hashed.clone())?;
        let (email_key, access_ttl) = (email_key.clone(), context.rules.access_ttl);
        let unit = audited(ResetUnit { token, set, email_key, access_ttl }, told.clone());
        match database.run(unit, visit.deadline).await.map_err(Cause::from)? {
            PasswordReset::Yes(revocation) => {
                if let Some(revocation) = revocation {
                    context.house.revocations.learn(&revocation);
                }
                context.house.mailer.wake();
                tracing::info!(event = "password_reset", user_id = %account.id);
                return Ok(());
            }
            PasswordReset::TokenSpent => return Err(ResetPasswordError::TokenSpent),
            PasswordReset::Overtaken => found = owner(context, visit, &row).await?,
        }
    }
    // The token is still good.
    Err(Cause::from(Refused::Busy).into())
}

fn told(visit: &Visit, user_id: Uuid) -> impl Fn(&PasswordReset) -> Vec<NewEvent> + Clone + use<> {
    let actor = Actor::person(user_id);
    let reset = visit.event(Action::PasswordReset, actor).about(user_id);
    let ended = sessions_ended(visit, actor, user_id, EndReason::PasswordReset);
    move |done| match done {
        PasswordReset::Yes(None) => vec![reset.clone()],
        PasswordReset::Yes(Some(_)) => vec![reset.clone(), ended.clone()],
        PasswordReset::TokenSpent | PasswordReset::Overtaken => Vec::new(),
    }
}

/// Whose password it is, unless the account is closed by now.
async fn owner(context: &Context, visit: &Visit, token: &TokenRow) -> Result<CredentialsRow, ResetPasswordError> {
    let user_id = token.user_id.unwrap_or_default();
    let found = context.house.database.run(FindPassword { user_id }, visit.deadline).await.map_err(Cause::from)?;
    let is_open = |row: &CredentialsRow| {
        let standing = row.user.standing();
        standing.active && !standing.locked
    };
    found.filter(is_open).ok_or(ResetPasswordError::TokenSpent)
}

fn set_password(context: &Context, found: &CredentialsRow, new: String) -> Result<SetPassword, Cause> {
    let (standing, account) = (found.user.standing(), found.user.clone().account());
    let letter = account.email.map(|email| seal_letter(context, &email, &Letter::PasswordChanged)).transpose()?;
    Ok(SetPassword {
        user_id: standing.user_id,
        auth_epoch: standing.auth_epoch,
        old: found.hashed_password.clone(),
        new,
        history: context.rules.password_policy.former(),
        letter,
    })
}

impl From<NewPasswordError> for ResetPasswordError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}
