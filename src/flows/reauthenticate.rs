//! Showing a factor once more, so that the session is fresh for what asks for more than a session.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cause::Cause;
use super::given_password::verify;
use super::issue::{Bearer, IssuedTokens, issue};
use super::second_factor::judge;
use super::throttle::{Subject, ThrottleError, admit};
use super::{Context, Visit, token_payload};
use crate::actors::hasher::Verdict;
use crate::actors::issuer::SessionFacts;
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::password::GivenPassword;
use crate::domain::refresh_token::{Verdict as Presented, judge as judge_family};
use crate::domain::secret_token::SecretToken;
use crate::domain::session::{AMR_FEDERATED, AMR_PASSWORD, AMR_SEVERAL, AMR_TOTP, amr_with};
use crate::domain::standing::{How, may_issue_tokens};
use crate::domain::throttle::TooManyAttempts;
use crate::domain::totp::TotpCode;
use crate::store::audited::audited;
use crate::store::factor_use::{RenewSession, Renewed, Seen, Used};
use crate::store::one_time_tokens::{IssueToken, Kind, NewToken, SpendToken};
use crate::store::passwords::FindPassword;
use crate::store::refresh_tokens::{FamilyRow, FindFamilyOf};
use crate::store::second_factors::FindSecondFactor;

#[derive(Debug)]
pub enum Proof {
    Password(GivenPassword),
    /// Of an authenticator app. `None`: what was given can be no code.
    Totp(Option<TotpCode>),
    /// From a provider, by way of `oauth::exchange`. `None`: what was given can be no ticket.
    Ticket(Option<SecretToken>),
}

/// The app brings it at once.
const TICKET_TTL: Duration = Duration::from_mins(1);

/// Shows that somebody was at their provider just now.
#[derive(Debug)]
pub struct GivenTicket {
    pub token: SecretString,
    pub expires_in: Duration,
}

/// What waits beside it.
#[derive(Serialize, Deserialize)]
struct TicketFor {
    session_id: Uuid,
}

#[derive(Debug, thiserror::Error)]
pub enum ReauthenticateError {
    #[error("the password is wrong")]
    InvalidCredentials,
    #[error("the code is wrong or was used before")]
    InvalidCode,
    #[error("no second factor is on")]
    MfaNotEnabled,
    /// Or it is for another session.
    #[error("the ticket is spent or has expired")]
    TicketSpent,
    /// Or the account was locked or disabled, which nobody is told.
    #[error("the session has ended")]
    SessionRevoked,
    #[error("the session has expired")]
    SessionExpired,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// The same session with a new `auth_time`: a new access token, and the refresh token that its family is at. Nothing
/// rotates: who lost the answer still holds what is good.
///
/// # Errors
/// [`ReauthenticateError`].
pub async fn reauthenticate(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    proof: Proof,
) -> Result<IssuedTokens, ReauthenticateError> {
    let session_id = claims.sid.ok_or(ReauthenticateError::SessionRevoked)?;
    let row = find(context, visit, session_id).await?;
    let (standing, now) = (row.user.standing(), context.house.clock.now());
    let permit = may_issue_tokens(&standing, How::Reauthentication, &context.rules.demands, now).map_err(|barred| {
        tracing::info!(event = "reauthenticate", outcome = %barred, user_id = %standing.user_id);
        ReauthenticateError::SessionRevoked
    })?;
    let (used, methods) = match proof {
        Proof::Ticket(ticket) => (None, spend_ticket(context, visit, claims, session_id, ticket).await?),
        Proof::Password(password) => show(context, visit, standing.user_id, Judged::Password(password)).await?,
        Proof::Totp(code) => show(context, visit, standing.user_id, Judged::Totp(code)).await?,
    };
    let amr = amr_with(&row.amr, &methods);
    let seen = Seen { user_id: standing.user_id, auth_epoch: standing.auth_epoch };
    // Not the time before the password was hashed: fresh is counted from when it was right.
    let auth_time = context.house.clock.now();
    let unit = RenewSession { session_id, attempt: Uuid::now_v7(), seen, used, auth_time, amr: amr.clone() };
    let event = visit.event(Action::SessionRenewed, Actor::bearer(claims)).about(claims.sub).session(session_id);
    let event = event.with("shown", methods.join(" "));
    let unit = audited(unit, move |renewed| (*renewed == Renewed::Yes).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        Renewed::Yes => {}
        Renewed::SessionEnded => return Err(ReauthenticateError::SessionRevoked),
        // Spent by another request since it was judged: right, so no guess, and not to be counted as one.
        Renewed::CodeSpent => return Err(ReauthenticateError::InvalidCode),
    }
    // Read again: somebody may have refreshed since, and an older refresh token would end the session.
    let row = find(context, visit, session_id).await?;
    let session = SessionFacts { session_id, auth_time, amr };
    let refresh_expires_at = row.idle_expires_at();
    let bearer = Bearer { standing, account: row.user.clone().account(), session, refresh_expires_at };
    let tokens = issue(context, visit, permit, row.head(), bearer).await?;
    tracing::info!(event = "reauthenticate", outcome = "success", user_id = %standing.user_id, %session_id);
    Ok(tokens)
}

/// The family of a session that is alive.
async fn find(context: &Context, visit: &Visit, session_id: Uuid) -> Result<FamilyRow, ReauthenticateError> {
    let found = context.house.database.run(FindFamilyOf { session_id }, visit.deadline).await.map_err(Cause::from)?;
    let row = found.ok_or(ReauthenticateError::SessionRevoked)?;
    let (family, now) = (row.family(), context.house.clock.now());
    match judge_family(&family, family.generation, Uuid::nil(), now, context.rules.refresh_grace) {
        Presented::SessionRevoked => Err(ReauthenticateError::SessionRevoked),
        Presented::SessionExpired => Err(ReauthenticateError::SessionExpired),
        // It is the head by what it was made of.
        Presented::Head | Presented::MyOwn | Presented::InGrace | Presented::Reused | Presented::RolledBack => Ok(row),
    }
}

/// A proof that could be guessed.
enum Judged {
    Password(GivenPassword),
    Totp(Option<TotpCode>),
}

/// For a session of a user who has been at their provider.
pub(super) async fn give_ticket(
    context: &Context,
    visit: &Visit,
    user_id: Uuid,
    session_id: Uuid,
) -> Result<GivenTicket, Cause> {
    let (id, secret) = (Uuid::now_v7(), SecretToken::random());
    let payload = Some(token_payload::seal(&context.house.sealer, id, &TicketFor { session_id })?);
    let (kind, token_hash, user_id) = (Kind::ProviderTicket, secret.hash(), Some(user_id));
    let expires_at = context.house.clock.now().plus(TICKET_TTL);
    let token = NewToken { id, kind, token_hash, user_id, payload, expires_at };
    context.house.database.run(IssueToken { token, withdraws_earlier: false }, visit.deadline).await?;
    Ok(GivenTicket { token: secret.secret().clone(), expires_in: TICKET_TTL })
}

/// It is nothing that anybody could guess, so it is not throttled. What it adds to `amr`.
async fn spend_ticket(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    session_id: Uuid,
    ticket: Option<SecretToken>,
) -> Result<Vec<&'static str>, ReauthenticateError> {
    let token_hash = ticket.ok_or(ReauthenticateError::TicketSpent)?.hash();
    let spend = SpendToken { kind: Kind::ProviderTicket, token_hash, attempt: Uuid::now_v7() };
    let row = context.house.database.run(spend, visit.deadline).await.map_err(Cause::from)?;
    let row = row.filter(|row| row.user_id == Some(claims.sub)).ok_or(ReauthenticateError::TicketSpent)?;
    let of: TicketFor = token_payload::open(&context.house.sealer, &row)?;
    if of.session_id == session_id { Ok(vec![AMR_FEDERATED]) } else { Err(ReauthenticateError::TicketSpent) }
}

/// Judges what was shown: what it spends, and what it adds to `amr`.
async fn show(
    context: &Context,
    visit: &Visit,
    user_id: Uuid,
    proof: Judged,
) -> Result<(Option<Used>, Vec<&'static str>), ReauthenticateError> {
    let admission = admit(context, visit, &Subject::signed_in(user_id)).await?;
    let database = &context.house.database;
    let (right, wrong) = match proof {
        Judged::Password(password) => {
            let found = database.run(FindPassword { user_id }, visit.deadline).await.map_err(Cause::from)?;
            let stored = found.as_ref().and_then(|row| row.hashed_password.as_deref());
            let verdict = verify(context, visit, &password, stored).await?;
            let is_right = matches!(verdict, Verdict::Right { .. });
            (is_right.then(|| (None, vec![AMR_PASSWORD])), ReauthenticateError::InvalidCredentials)
        }
        Judged::Totp(code) => {
            let row = database.run(FindSecondFactor { user_id }, visit.deadline).await.map_err(Cause::from)?;
            let row = row.filter(|row| row.user.standing().mfa_enabled).ok_or(ReauthenticateError::MfaNotEnabled)?;
            let step = judge(context, &row, code.as_ref())?;
            let right = step.map(|step| (Some(Used::TotpStep(step)), vec![AMR_TOTP, AMR_SEVERAL]));
            (right, ReauthenticateError::InvalidCode)
        }
    };
    if let Some(right) = right {
        return Ok(right);
    }
    let event = visit.event(Action::ReauthenticationFailed, Actor::person(user_id)).about(user_id);
    let cause = if matches!(wrong, ReauthenticateError::InvalidCode) { "wrong_code" } else { "wrong_password" };
    admission.failed(context, visit, event.refused(cause)).await?;
    tracing::info!(event = "reauthenticate", outcome = %wrong, %user_id);
    Err(wrong)
}

impl From<ThrottleError> for ReauthenticateError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::TooMany(too_many) => Self::TooMany(too_many),
            ThrottleError::Cause(cause) => Self::Cause(cause),
        }
    }
}
