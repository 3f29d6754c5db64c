//! What several flows need of second factors: the secret as it is sealed, a code judged, a set of recovery codes, the
//! letter that tells of a change.

use secrecy::SecretString;
use uuid::Uuid;

use super::Context;
use super::cause::Cause;
use super::letters::seal_letter;
use super::throttle::ThrottleError;
use crate::actors::sealing::{Place, Purpose};
use crate::domain::letter::{Letter, MfaChange};
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::throttle::TooManyAttempts;
use crate::domain::totp::{TotpCode, TotpSecret};
use crate::store::outbox::NewMail;
use crate::store::recovery_codes::NewRecoveryCode;
use crate::store::second_factors::SecondFactorRow;

/// What somebody may be told who changes their own second factor.
#[derive(Debug, thiserror::Error)]
pub enum MfaError {
    #[error("a second factor is on already")]
    AlreadyEnabled,
    #[error("no second factor waits to be confirmed")]
    NotPending,
    #[error("no second factor is on")]
    NotEnabled,
    #[error("the code is wrong or was used before")]
    InvalidCode,
    #[error("there is no such account")]
    NoSuchAccount,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Cause(#[from] Cause),
}

impl From<ThrottleError> for MfaError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::TooMany(too_many) => Self::TooMany(too_many),
            ThrottleError::Cause(cause) => Self::Cause(cause),
        }
    }
}

fn place(user_id: Uuid) -> Place {
    Purpose::TotpSecret.place(user_id)
}

pub(super) fn seal_secret(context: &Context, user_id: Uuid, secret: &TotpSecret) -> Result<Vec<u8>, Cause> {
    let sealed = context.house.sealer.seal(Purpose::TotpSecret, &place(user_id), secret.as_bytes());
    sealed.map_err(|cause| Cause::Defect(format!("a second factor cannot be sealed: {cause}")))
}

pub(super) fn open_secret(context: &Context, user_id: Uuid, sealed: &[u8]) -> Result<TotpSecret, Cause> {
    let defect = |why: &dyn std::fmt::Display| Cause::Defect(format!("users: the second factor of {user_id}: {why}"));
    let opened = context.house.sealer.open(Purpose::TotpSecret, &place(user_id), sealed);
    let opened = opened.map_err(|cause| defect(&cause))?;
    TotpSecret::from_bytes(&opened).ok_or_else(|| defect(&"it has another length"))
}

/// The step whose code this is, by the secret as it stands in the row. `None`: it is another code.
fn matched_step(context: &Context, user_id: Uuid, sealed: &[u8], code: &TotpCode) -> Result<Option<i64>, Cause> {
    let secret = open_secret(context, user_id, sealed)?;
    Ok(secret.judge(code, context.house.clock.now()))
}

/// Judges a code by a secret that waits for its first one.
pub(super) fn judge_first(
    context: &Context,
    user_id: Uuid,
    sealed: &[u8],
    code: Option<&TotpCode>,
) -> Result<Option<i64>, Cause> {
    code.map_or(Ok(None), |code| matched_step(context, user_id, sealed, code))
}

/// The step that a code would spend, where a second factor is on. That it was not spent before is decided by the unit
/// that spends it; here it only saves the way there.
pub(super) fn judge(context: &Context, row: &SecondFactorRow, code: Option<&TotpCode>) -> Result<Option<i64>, Cause> {
    let standing = row.user.standing();
    let (Some(sealed), true, Some(code)) = (&row.mfa_secret, standing.mfa_enabled, code) else {
        return Ok(None);
    };
    let step = matched_step(context, standing.user_id, sealed, code)?;
    Ok(step.filter(|step| row.mfa_last_step.is_none_or(|last| last < *step)))
}

/// A new set of recovery codes: as they are shown, and as they are kept.
pub(super) fn new_recovery_codes(user_id: Uuid) -> (Vec<SecretString>, Vec<NewRecoveryCode>) {
    let codes = RecoveryCode::ten();
    let kept = |code: &RecoveryCode| NewRecoveryCode { id: Uuid::now_v7(), code_hash: code.hash(user_id) };
    (codes.iter().map(RecoveryCode::spelt).collect(), codes.iter().map(kept).collect())
}

/// `None` for an account without an address.
pub(super) fn mfa_letter(
    context: &Context,
    row: &SecondFactorRow,
    change: MfaChange,
) -> Result<Option<NewMail>, Cause> {
    let account = row.user.clone().account();
    account.email.map(|email| seal_letter(context, &email, &Letter::MfaChanged { change })).transpose()
}
