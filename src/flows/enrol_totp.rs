//! Turning a second factor on: a secret is offered, and counts once a code of it has been shown.

use secrecy::SecretString;
use uuid::Uuid;

use super::cause::Cause;
use super::second_factor::{MfaError, judge_first, mfa_letter, new_recovery_codes, seal_secret};
use super::throttle::{Subject, admit};
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::account::Account;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::letter::MfaChange;
use crate::domain::otpauth::{key_uri, qr_svg};
use crate::domain::totp::{TotpCode, TotpSecret};
use crate::store::audited::audited;
use crate::store::second_factors::{ConfirmTotp, Confirmed, FindSecondFactor, OfferTotp, SecondFactorRow};

/// A secret on its way into an app; shown once.
#[derive(Debug)]
pub struct Enrolment {
    /// Base32, to be typed.
    pub secret: SecretString,
    pub otpauth_uri: SecretString,
    /// The URI as a picture.
    pub qr_svg: SecretString,
}

/// Offers a secret in place of one that was offered before. Changes nothing about signing in.
///
/// # Errors
/// [`MfaError::AlreadyEnabled`] and causes.
pub async fn offer_totp(context: &Context, visit: &Visit, claims: &AccessClaims) -> Result<Enrolment, MfaError> {
    let row = find(context, visit, claims.sub).await?;
    if row.user.standing().mfa_enabled {
        return Err(MfaError::AlreadyEnabled);
    }
    let secret = TotpSecret::random();
    let sealed_secret = seal_secret(context, claims.sub, &secret)?;
    let offer = OfferTotp { user_id: claims.sub, sealed_secret };
    let event = visit.event(Action::MfaOffered, Actor::bearer(claims)).about(claims.sub);
    let offer = audited(offer, move |offered| (*offered > 0).then(|| event.clone()));
    if context.house.database.run(offer, visit.deadline).await.map_err(Cause::from)? == 0 {
        // Turned on elsewhere since it was looked at.
        return Err(MfaError::AlreadyEnabled);
    }
    let otpauth_uri = key_uri(&secret, &context.rules.totp_issuer, &name_of(&row.user.account()));
    let qr_svg = qr_svg(&otpauth_uri).map_err(|cause| Cause::Defect(cause.to_string()))?;
    tracing::info!(event = "totp_offered", user_id = %claims.sub);
    Ok(Enrolment { secret: secret.base32(), otpauth_uri, qr_svg })
}

/// As apps list it.
fn name_of(account: &Account) -> String {
    let name = account.email.as_deref().or(account.username.as_deref());
    name.map_or_else(|| account.id.to_string(), str::to_owned)
}

/// Turns the second factor on: the ten recovery codes, shown this once.
///
/// # Errors
/// [`MfaError`].
pub async fn confirm_totp(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    code: Option<TotpCode>,
) -> Result<Vec<SecretString>, MfaError> {
    let row = find(context, visit, claims.sub).await?;
    if row.user.standing().mfa_enabled {
        return Err(MfaError::AlreadyEnabled);
    }
    let letter = mfa_letter(context, &row, MfaChange::TurnedOn)?;
    let sealed_secret = row.mfa_secret.ok_or(MfaError::NotPending)?;
    let admission = admit(context, visit, &Subject::signed_in(claims.sub)).await?;
    let Some(step) = judge_first(context, claims.sub, &sealed_secret, code.as_ref())? else {
        let event = visit.event(Action::MfaConfirmationFailed, Actor::bearer(claims)).about(claims.sub);
        admission.failed(context, visit, event.refused("wrong_code")).await?;
        tracing::info!(event = "totp_confirmed", outcome = "invalid_code", user_id = %claims.sub);
        return Err(MfaError::InvalidCode);
    };
    let (shown, codes) = new_recovery_codes(claims.sub);
    let unit = ConfirmTotp { user_id: claims.sub, sealed_secret, step, attempt: Uuid::now_v7(), codes, letter };
    let event = visit.event(Action::MfaTurnedOn, Actor::bearer(claims)).about(claims.sub);
    let unit = audited(unit, move |confirmed| (*confirmed == Confirmed::Yes).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        Confirmed::Yes => {}
        Confirmed::AlreadyEnabled => return Err(MfaError::AlreadyEnabled),
        Confirmed::NotPending => return Err(MfaError::NotPending),
    }
    context.house.mailer.wake();
    tracing::info!(event = "totp_confirmed", outcome = "success", user_id = %claims.sub);
    Ok(shown)
}

pub(super) async fn find(context: &Context, visit: &Visit, user_id: Uuid) -> Result<SecondFactorRow, MfaError> {
    let found = context.house.database.run(FindSecondFactor { user_id }, visit.deadline).await;
    found.map_err(Cause::from)?.ok_or(MfaError::NoSuchAccount)
}
