//! The mail to an address is answered: it counts as verified, and an account that waited for that is made.

use uuid::Uuid;

use super::cause::Cause;
use super::pending_registration::Pending;
use super::resend_verification::Addressed;
use super::{Context, Visit, token_payload};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::role::USER;
use crate::domain::secret_token::SecretToken;
use crate::store::addresses::VerifyAddress;
use crate::store::audited::audited;
use crate::store::one_time_tokens::{FindToken, Kind, TokenRow};
use crate::store::registrations::{FinishRegistration, Registered, Spend};

#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    /// Or the address is no longer the account's, or has an account by now.
    #[error("the token is spent or has expired")]
    TokenSpent,
    /// The token stays good.
    #[error("the username was taken while the account waited")]
    UsernameTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// `token`: `None`, where what was given cannot be one.
///
/// # Errors
/// [`VerifyEmailError`].
pub async fn verify_email(
    context: &Context,
    visit: &Visit,
    token: Option<SecretToken>,
) -> Result<(), VerifyEmailError> {
    let token_hash = token.ok_or(VerifyEmailError::TokenSpent)?.hash();
    let spend = Spend { token_hash, attempt: Uuid::now_v7() };
    let database = &context.house.database;
    let find = async |kind| database.run(FindToken { kind, token_hash }, visit.deadline).await.map_err(Cause::from);
    if let Some(row) = find(Kind::VerifyEmail).await? {
        return of_an_account(context, visit, spend, &row).await;
    }
    match find(Kind::Register).await? {
        Some(row) => of_a_registration(context, visit, spend, &row).await,
        None => Err(VerifyEmailError::TokenSpent),
    }
}

async fn of_an_account(context: &Context, visit: &Visit, token: Spend, row: &TokenRow) -> Result<(), VerifyEmailError> {
    let Addressed { email_key } = token_payload::open(&context.house.sealer, row)?;
    let user_id = row.user_id.unwrap_or_default();
    let event = visit.event(Action::EmailVerified, Actor::person(user_id)).about(user_id);
    let unit = audited(VerifyAddress { token, user_id, email_key }, move |done| done.then(|| event.clone()));
    if !context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        return Err(VerifyEmailError::TokenSpent);
    }
    tracing::info!(event = "email_verified", %user_id);
    Ok(())
}

async fn of_a_registration(
    context: &Context,
    visit: &Visit,
    token: Spend,
    row: &TokenRow,
) -> Result<(), VerifyEmailError> {
    let pending: Pending = token_payload::open(&context.house.sealer, row)?;
    let account = pending.account(context.house.clock.now())?;
    let user_id = account.id;
    let event = visit.event(Action::UserCreated, Actor::person(user_id)).about(user_id);
    let event = event.with("by", "registration").with("role", USER.name);
    let event = match &account.email {
        Some(email) => event.identifier(email.key()),
        None => event,
    };
    let unit = FinishRegistration { token, account };
    let unit = audited(unit, move |done| (*done == Registered::Yes).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        Registered::Yes => {}
        // Another registration of the address was first, so this one was spent by it.
        Registered::TokenSpent | Registered::EmailTaken => return Err(VerifyEmailError::TokenSpent),
        Registered::UsernameTaken => return Err(VerifyEmailError::UsernameTaken),
    }
    tracing::info!(event = "account_created", %user_id);
    Ok(())
}
