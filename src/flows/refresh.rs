//! Refreshing: the family moves on by one generation, and whoever shows the one before, at once, gets the same answer.

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::cause::Cause;
use super::issue::{Bearer, IssuedTokens, issue};
use super::trail::session_ended;
use super::{Context, Visit};
use crate::actors::issuer::SessionFacts;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::clock::Timestamp;
use crate::domain::refresh_token::{RefreshToken, Verdict, judge};
use crate::domain::session::EndReason;
use crate::domain::standing::{How, Permit, may_issue_tokens};
use crate::store::audited::audited;
use crate::store::refresh_tokens::{FamilyRow, FindFamily, Rotate};
use crate::store::sessions::{EndSession, Ended};

#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    #[error("not a refresh token of ours")]
    Invalid,
    #[error("the refresh token was used before")]
    Reused,
    #[error("the session has been ended")]
    SessionRevoked,
    #[error("the session has expired")]
    SessionExpired,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Rotates.
///
/// # Errors
/// [`RefreshError`]. `Reused` has ended the session, and so has a token from after a restored backup, which is told as
/// `SessionRevoked`.
pub async fn refresh(context: &Context, visit: &Visit, presented: &SecretString) -> Result<IssuedTokens, RefreshError> {
    let issuer = &context.house.issuer;
    let token = issuer.open_refresh_token(presented.expose_secret()).ok_or(RefreshError::Invalid)?;
    let attempt = Uuid::now_v7();
    let row = find(context, visit, token).await?;
    let permit = gate(context, &row)?;
    let idle_expires_at = match verdict(context, &row, token, attempt) {
        Verdict::Head => {
            let until = idle_end(context, &row);
            let rotate = Rotate { family_id: token.family, from: token.generation, attempt, idle_expires_at: until };
            if context.house.database.run(rotate, visit.deadline).await.map_err(Cause::from)? {
                until
            } else {
                // Somebody was faster, something ended, or it was this attempt and nobody heard its COMMIT: look again.
                let again = find(context, visit, token).await?;
                gate(context, &again)?;
                settle(context, visit, &again, token, attempt).await?
            }
        }
        _ => settle(context, visit, &row, token, attempt).await?,
    };
    let next = RefreshToken { generation: token.generation.saturating_add(1), ..token };
    let standing = row.user.standing();
    let session = SessionFacts { session_id: row.session_id, auth_time: row.auth_time, amr: row.amr.clone() };
    let bearer = Bearer { standing, account: row.user.account(), session, refresh_expires_at: idle_expires_at };
    Ok(issue(context, visit, permit, next, bearer).await?)
}

/// Locked and disabled accounts are told what those are told whose sessions an administrator has ended.
fn gate(context: &Context, row: &FamilyRow) -> Result<Permit, RefreshError> {
    let standing = row.user.standing();
    may_issue_tokens(&standing, How::Refresh, &context.rules.demands, context.house.clock.now()).map_err(|barred| {
        tracing::info!(event = "refresh", outcome = %barred, user_id = %standing.user_id);
        RefreshError::SessionRevoked
    })
}

async fn find(context: &Context, visit: &Visit, token: RefreshToken) -> Result<FamilyRow, RefreshError> {
    let found = context.house.database.run(FindFamily { family_id: token.family }, visit.deadline).await;
    // The MAC was right, so the family did exist: swept long after its end, or lost with a restored backup.
    let row = found.map_err(Cause::from)?.ok_or(RefreshError::Invalid)?;
    if row.mac_key_id == token.mac_key_id { Ok(row) } else { Err(RefreshError::Invalid) }
}

fn verdict(context: &Context, row: &FamilyRow, token: RefreshToken, attempt: Uuid) -> Verdict {
    judge(&row.family(), token.generation, attempt, context.house.clock.now(), context.rules.refresh_grace)
}

/// For a token that did not rotate in this step: until when its successor lives, where it gets the same one again.
async fn settle(
    context: &Context,
    visit: &Visit,
    row: &FamilyRow,
    token: RefreshToken,
    attempt: Uuid,
) -> Result<Timestamp, RefreshError> {
    match verdict(context, row, token, attempt) {
        Verdict::MyOwn | Verdict::InGrace => Ok(row.idle_expires_at()),
        Verdict::Reused => {
            end(context, visit, row, Action::RefreshTokenReused, EndReason::RefreshTokenReused).await?;
            Err(RefreshError::Reused)
        }
        Verdict::RolledBack => {
            end(context, visit, row, Action::StateRolledBack, EndReason::StateRolledBack).await?;
            Err(RefreshError::SessionRevoked)
        }
        Verdict::SessionRevoked => Err(RefreshError::SessionRevoked),
        Verdict::SessionExpired => Err(RefreshError::SessionExpired),
        // The UPDATE said no, and now everything stands as if it should have said yes: the account was barred for a
        // moment in between. Nothing is lost by asking the client to come again.
        Verdict::Head => Err(Cause::Overloaded(crate::actors::door::Refused::Busy).into()),
    }
}

/// Whoever came with the token is nobody that is known; that the session ends is the server's own doing.
async fn end(
    context: &Context,
    visit: &Visit,
    row: &FamilyRow,
    action: Action,
    reason: EndReason,
) -> Result<(), Cause> {
    let (user_id, session_id) = (row.user.standing().user_id, row.session_id);
    let end = EndSession { session_id, user_id, reason, access_ttl: context.rules.access_ttl };
    let noticed = visit.event(action, Actor::NOBODY).about(user_id).session(session_id).refused(reason.word());
    let gone = session_ended(visit, Actor::SYSTEM, user_id, session_id, reason).impersonal();
    let end = audited(end, move |ended: &Ended| {
        std::iter::once(noticed.clone()).chain(ended.is_new.then(|| gone.clone())).collect::<Vec<_>>()
    });
    let Ended { revocation, .. } = context.house.database.run(end, visit.deadline).await?;
    context.house.revocations.learn(&revocation);
    tracing::warn!(event = "session_ended", reason = reason.word(), %user_id, session_id = %row.session_id);
    Ok(())
}

/// Slides with each refresh, but never past the session's absolute end.
fn idle_end(context: &Context, row: &FamilyRow) -> Timestamp {
    context.house.clock.now().plus(context.rules.refresh_ttl).min(row.session_expires_at())
}
