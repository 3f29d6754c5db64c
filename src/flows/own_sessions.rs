//! One's own sessions: where one is signed in, and ending one of them.

use uuid::Uuid;

use super::cause::Cause;
use super::trail::session_ended;
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::Actor;
use crate::domain::page::{Page, PageRequest};
use crate::domain::session::{EndReason, SessionRecord};
use crate::store::audited::audited;
use crate::store::session_lists::{IsSessionOf, ListSessions};
use crate::store::sessions::{EndSession, Ended};

#[derive(Debug, thiserror::Error)]
pub enum OwnSessionError {
    /// Nobody's, or somebody else's, which is the same to the one who asks.
    #[error("there is no such session")]
    NoSuchSession,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Those that live, newest first.
///
/// # Errors
/// [`Cause`].
pub async fn own_sessions(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    page: PageRequest,
) -> Result<Page<SessionRecord>, Cause> {
    Ok(context.house.database.run(ListSessions { user_id: claims.sub, page }, visit.deadline).await?)
}

/// Ending one that has ended already is a success, too.
///
/// # Errors
/// [`OwnSessionError`].
pub async fn end_own_session(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    session_id: Uuid,
) -> Result<(), OwnSessionError> {
    let (database, user_id) = (&context.house.database, claims.sub);
    let is_own = database.run(IsSessionOf { session_id, user_id }, visit.deadline).await.map_err(Cause::from)?;
    if !is_own {
        return Err(OwnSessionError::NoSuchSession);
    }
    let (reason, access_ttl) = (EndReason::SignedOut, context.rules.access_ttl);
    let end = EndSession { session_id, user_id, reason, access_ttl };
    let event = session_ended(visit, Actor::bearer(claims), user_id, session_id, reason);
    let end = audited(end, move |ended| ended.is_new.then(|| event.clone()));
    let Ended { revocation, .. } = database.run(end, visit.deadline).await.map_err(Cause::from)?;
    context.house.revocations.learn(&revocation);
    tracing::info!(event = "session_ended", reason = reason.word(), %user_id, %session_id);
    Ok(())
}
