//! Somebody's second factor: whether there is one, and taking it away from who has lost it.

use uuid::Uuid;

use super::above::{AboveError, may_act_on};
use super::by::By;
use crate::domain::audit_event::Action;
use crate::domain::letter::MfaChange;
use crate::domain::session::EndReason;
use crate::flows::cause::Cause;
use crate::flows::keep_mfa::MfaState;
use crate::flows::second_factor::mfa_letter;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::second_factors::{FindSecondFactor, SecondFactorRow, TurnOffTotp};
use crate::store::sessions::EndUserSessions;

#[derive(Debug, thiserror::Error)]
pub enum UserMfaError {
    #[error("there is no such user")]
    NoSuchUser,
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

async fn find(context: &Context, visit: &Visit, user_id: Uuid) -> Result<SecondFactorRow, UserMfaError> {
    let found = context.house.database.run(FindSecondFactor { user_id }, visit.deadline).await;
    found.map_err(Cause::from)?.ok_or(UserMfaError::NoSuchUser)
}

/// # Errors
/// [`UserMfaError`].
pub async fn view_mfa_of(context: &Context, visit: &Visit, user_id: Uuid) -> Result<MfaState, UserMfaError> {
    let row = find(context, visit, user_id).await?;
    let enabled = row.user.standing().mfa_enabled;
    let pending = !enabled && row.mfa_secret.is_some();
    Ok(MfaState { enabled, pending, recovery_codes_left: row.recovery_codes_left })
}

/// Forgets the secret and the recovery codes, and ends every session. That there was none is a success, too, and ends
/// nothing. Its owner is told by mail.
///
/// # Errors
/// [`UserMfaError`].
pub async fn reset_mfa(context: &Context, visit: &Visit, by: &By, user_id: Uuid) -> Result<(), UserMfaError> {
    may_act_on(context, visit, by, user_id).await?;
    let row = find(context, visit, user_id).await?;
    let letter = mfa_letter(context, &row, MfaChange::TurnedOff)?;
    let (reason, access_ttl) = (EndReason::MfaReset, context.rules.access_ttl);
    let unit = TurnOffTotp { end: EndUserSessions { user_id, except: None, reason, access_ttl }, letter };
    let event = visit.event(Action::MfaReset, by.actor()).about(user_id);
    let unit = audited(unit, move |done| done.is_some().then(|| event.clone()));
    if let Some(revocation) = context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        context.house.revocations.learn(&revocation);
        context.house.mailer.wake();
        tracing::info!(event = "mfa_reset", %user_id, %by);
    }
    Ok(())
}
