//! The second step of a sign-in: a code, or a recovery code, beside the challenge that the right password got.

use uuid::Uuid;

use super::cause::Cause;
use super::entering::{Entrance, NoEntrance, Shown, SignedIn, entrance};
use super::second_factor::{judge, mfa_letter};
use super::throttle::{Admission, Subject, ThrottleError, admit};
use super::trail::{Entered, note_no_entrance, sign_in_failed};
use super::{Context, Visit};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::letter::MfaChange;
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::secret_token::SecretToken;
use crate::domain::session::{AMR_RECOVERY_CODE, AMR_SEVERAL, AMR_TOTP, amr_with};
use crate::domain::standing::How;
use crate::domain::throttle::TooManyAttempts;
use crate::domain::totp::TotpCode;
use crate::store::audited::audited;
use crate::store::factor_use::{CompleteMfa as Unit, MfaCompleted, Seen, Used};
use crate::store::one_time_tokens::{FindToken, Kind, TakeTry};
use crate::store::second_factors::{FindSecondFactor, SecondFactorRow};

/// Codes that a challenge allows. A million codes, three of them right at any time: five guesses have a chance of
/// 1 in 67,000, and the next five need the password again.
const TRIES: i64 = 5;
const KIND: Kind = Kind::MfaChallenge;
/// In the audit trail.
const WRONG_CODE: &str = "wrong_code";

#[derive(Debug)]
pub struct CompleteMfa {
    /// `None`: what was given can be no challenge.
    pub challenge: Option<SecretToken>,
    pub factor: Factor,
}

/// `None` within: what was given can be no code. It costs a try as any other.
#[derive(Debug)]
pub enum Factor {
    Totp(Option<TotpCode>),
    RecoveryCode(Option<RecoveryCode>),
}

impl Factor {
    const fn method(&self) -> &'static str {
        match self {
            Self::Totp(_) => AMR_TOTP,
            Self::RecoveryCode(_) => AMR_RECOVERY_CODE,
        }
    }

    /// What the unit found that spent nothing: of a code of an app, that it was right before.
    const fn spent(&self) -> &'static str {
        match self {
            Self::Totp(_) => "used_code",
            Self::RecoveryCode(_) => WRONG_CODE,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CompleteMfaError {
    /// Spent, expired, tried too often, never given, or everything was signed out since.
    #[error("the challenge leads nowhere any more")]
    ChallengeSpent,
    #[error("the code is wrong or was used before")]
    InvalidCode,
    #[error("the e-mail address is not verified")]
    EmailUnverified,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Takes a try, judges the code, asks the gate; then challenge and code are spent and the session begins, in one unit.
///
/// # Errors
/// [`CompleteMfaError`]. After `InvalidCode` the challenge is still good, for one try less.
pub async fn complete_mfa(context: &Context, visit: &Visit, input: CompleteMfa) -> Result<SignedIn, CompleteMfaError> {
    let database = &context.house.database;
    let challenge_hash = input.challenge.ok_or(CompleteMfaError::ChallengeSpent)?.hash();
    // Looked at first: somebody who has to wait writes nothing, not even a try.
    let find = FindToken { kind: KIND, token_hash: challenge_hash };
    let waiting = database.run(find, visit.deadline).await.map_err(Cause::from)?;
    let waiting = waiting.ok_or(CompleteMfaError::ChallengeSpent)?;
    let user_id = waiting.user_id.ok_or(CompleteMfaError::ChallengeSpent)?;
    let shown = Shown::beside(context, &waiting)?;
    let admission = admit(context, visit, &Subject::account(user_id, shown.known_device)).await?;
    let take = TakeTry { kind: KIND, token_hash: challenge_hash, tries: TRIES };
    if database.run(take, visit.deadline).await.map_err(Cause::from)?.is_none() {
        return Err(CompleteMfaError::ChallengeSpent);
    }
    let row = database.run(FindSecondFactor { user_id }, visit.deadline).await.map_err(Cause::from)?;
    let row = row.filter(|row| row.user.standing().auth_epoch == shown.auth_epoch);
    let row = row.ok_or(CompleteMfaError::ChallengeSpent)?;
    let Some(used) = used(context, &row, &input.factor)? else {
        return refuse(context, visit, admission, user_id, &input.factor, WRONG_CODE).await;
    };
    let letter = match used {
        Used::TotpStep(_) => None,
        Used::RecoveryCode(_) => mfa_letter(context, &row, MfaChange::RecoveryCodeUsed)?,
    };
    let seen = Seen { user_id, auth_epoch: shown.auth_epoch };
    let shown = with(&shown, &used);
    let Entrance { entry, beyond } = match entrance(context, visit, &row.user, How::SecondFactor, shown) {
        Ok(entrance) => entrance,
        Err(no) => {
            note_no_entrance(context, visit, user_id, input.factor.method(), &no).await?;
            return Err(no.into());
        }
    };
    let entered = Entered::of(visit, user_id, &entry);
    let code_used = matches!(used, Used::RecoveryCode(_))
        .then(|| visit.event(Action::RecoveryCodeUsed, Actor::person(user_id)).about(user_id));
    let unit = Unit { challenge_hash, attempt: Uuid::now_v7(), seen, used, entry, letter };
    let unit = audited(unit, move |completed| match completed {
        MfaCompleted::Yes(ended) => entered.events(ended).into_iter().chain(code_used.clone()).collect(),
        MfaCompleted::ChallengeSpent | MfaCompleted::CodeSpent => Vec::new(),
    });
    let ended = match database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        MfaCompleted::Yes(ended) => ended,
        MfaCompleted::ChallengeSpent => return Err(CompleteMfaError::ChallengeSpent),
        MfaCompleted::CodeSpent => {
            return refuse(context, visit, admission, user_id, &input.factor, input.factor.spent()).await;
        }
    };
    let signed_in = beyond.reach(context, visit, &ended).await?;
    tracing::info!(event = "second_factor", outcome = signed_in.word(), %user_id);
    Ok(signed_in)
}

/// What the code would spend; whether a recovery code is one of theirs only the unit says.
fn used(context: &Context, row: &SecondFactorRow, factor: &Factor) -> Result<Option<Used>, Cause> {
    match factor {
        Factor::Totp(code) => Ok(judge(context, row, code.as_ref())?.map(Used::TotpStep)),
        Factor::RecoveryCode(code) => {
            Ok(code.as_ref().map(|code| Used::RecoveryCode(code.hash(row.user.standing().user_id))))
        }
    }
}

fn with(shown: &Shown, used: &Used) -> Shown {
    let method = match used {
        Used::TotpStep(_) => AMR_TOTP,
        Used::RecoveryCode(_) => AMR_RECOVERY_CODE,
    };
    Shown { amr: amr_with(&shown.amr, &[method, AMR_SEVERAL]), second_factor: true, ..*shown }
}

/// Counts the failure before it is told.
async fn refuse(
    context: &Context,
    visit: &Visit,
    admission: Admission,
    user_id: Uuid,
    factor: &Factor,
    cause: &'static str,
) -> Result<SignedIn, CompleteMfaError> {
    let event = sign_in_failed(visit, Some(user_id), factor.method(), cause);
    admission.failed(context, visit, event).await?;
    tracing::info!(event = "second_factor", outcome = "invalid_code", %user_id);
    Err(CompleteMfaError::InvalidCode)
}

impl From<ThrottleError> for CompleteMfaError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::TooMany(too_many) => Self::TooMany(too_many),
            ThrottleError::Cause(cause) => Self::Cause(cause),
        }
    }
}

impl From<NoEntrance> for CompleteMfaError {
    fn from(no: NoEntrance) -> Self {
        match no {
            NoEntrance::Refused(barred) => {
                tracing::info!(event = "second_factor", outcome = %barred);
                Self::ChallengeSpent
            }
            NoEntrance::EmailUnverified => Self::EmailUnverified,
            NoEntrance::Cause(cause) => Self::Cause(cause),
        }
    }
}
