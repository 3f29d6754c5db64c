//! One's own second factor once it is on: what there is of it, other recovery codes, turning it off.

use secrecy::SecretString;

use super::cause::Cause;
use super::enrol_totp::find;
use super::second_factor::{MfaError, mfa_letter, new_recovery_codes};
use super::trail::sessions_ended;
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::letter::MfaChange;
use crate::domain::session::EndReason;
use crate::store::audited::audited;
use crate::store::second_factors::{ReplaceRecoveryCodes, TurnOffTotp};
use crate::store::sessions::EndUserSessions;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MfaState {
    pub enabled: bool,
    /// A secret was offered, and no code of it has been shown yet.
    pub pending: bool,
    pub recovery_codes_left: i64,
}

/// # Errors
/// [`MfaError::NoSuchAccount`] and causes.
pub async fn view_mfa(context: &Context, visit: &Visit, claims: &AccessClaims) -> Result<MfaState, MfaError> {
    let row = find(context, visit, claims.sub).await?;
    let enabled = row.user.standing().mfa_enabled;
    let pending = !enabled && row.mfa_secret.is_some();
    Ok(MfaState { enabled, pending, recovery_codes_left: row.recovery_codes_left })
}

/// Forgets the secret, the recovery codes, or the secret that was offered; every other session ends. That it is off
/// already is a success, too, and ends nothing.
///
/// # Errors
/// [`MfaError::NoSuchAccount`] and causes.
pub async fn turn_off_mfa(context: &Context, visit: &Visit, claims: &AccessClaims) -> Result<(), MfaError> {
    let row = find(context, visit, claims.sub).await?;
    let letter = mfa_letter(context, &row, MfaChange::TurnedOff)?;
    let (user_id, except, access_ttl) = (claims.sub, claims.sid, context.rules.access_ttl);
    let end = EndUserSessions { user_id, except, reason: EndReason::MfaTurnedOff, access_ttl };
    let actor = Actor::bearer(claims);
    let off = visit.event(Action::MfaTurnedOff, actor).about(user_id);
    let ended = sessions_ended(visit, actor, user_id, EndReason::MfaTurnedOff);
    let unit = TurnOffTotp { end, letter };
    let unit = audited(unit, move |done| if done.is_some() { vec![off.clone(), ended.clone()] } else { Vec::new() });
    let Some(revocation) = context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? else {
        return Ok(());
    };
    context.house.revocations.learn(&revocation);
    context.house.mailer.wake();
    tracing::info!(event = "mfa_turned_off", %user_id);
    Ok(())
}

/// Another ten in place of those there were, shown this once.
///
/// # Errors
/// [`MfaError::NotEnabled`] and causes.
pub async fn replace_recovery_codes(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
) -> Result<Vec<SecretString>, MfaError> {
    let row = find(context, visit, claims.sub).await?;
    let letter = mfa_letter(context, &row, MfaChange::RecoveryCodesReplaced)?;
    let (shown, codes) = new_recovery_codes(claims.sub);
    let event = visit.event(Action::RecoveryCodesReplaced, Actor::bearer(claims)).about(claims.sub);
    let unit = ReplaceRecoveryCodes { user_id: claims.sub, codes, letter };
    let unit = audited(unit, move |done| done.then(|| event.clone()));
    if !context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        return Err(MfaError::NotEnabled);
    }
    context.house.mailer.wake();
    tracing::info!(event = "recovery_codes_replaced", user_id = %claims.sub);
    Ok(shown)
}
