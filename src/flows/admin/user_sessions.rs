//! Somebody's sessions: where they are signed in, and ending that.

use uuid::Uuid;

use super::above::{AboveError, may_act_on};
use super::by::By;
use super::users::{FindUserError, find_user};
use crate::domain::page::{Page, PageRequest};
use crate::domain::session::{EndReason, SessionRecord};
use crate::flows::cause::Cause;
use crate::flows::trail::{session_ended, sessions_ended};
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::session_ends::FindOwner;
use crate::store::session_lists::ListSessions;
use crate::store::sessions::{EndSession, EndUserSessions, Ended};

#[derive(Debug, thiserror::Error)]
pub enum UserSessionError {
    #[error("there is no such user, or no such session")]
    NotThere,
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

impl From<FindUserError> for UserSessionError {
    fn from(error: FindUserError) -> Self {
        match error {
            FindUserError::NoSuchUser => Self::NotThere,
            FindUserError::Cause(cause) => Self::Cause(cause),
        }
    }
}

/// Those that live, newest first.
///
/// # Errors
/// [`UserSessionError`].
pub async fn list_sessions_of(
    context: &Context,
    visit: &Visit,
    user_id: Uuid,
    page: PageRequest,
) -> Result<Page<SessionRecord>, UserSessionError> {
    find_user(context, visit, user_id).await?;
    Ok(context.house.database.run(ListSessions { user_id, page }, visit.deadline).await.map_err(Cause::from)?)
}

/// Every one of theirs.
///
/// # Errors
/// [`UserSessionError`].
pub async fn end_sessions_of(context: &Context, visit: &Visit, by: &By, user_id: Uuid) -> Result<(), UserSessionError> {
    may_act_on(context, visit, by, user_id).await?;
    let (reason, access_ttl) = (EndReason::EndedByAdministrator, context.rules.access_ttl);
    let event = sessions_ended(visit, by.actor(), user_id, reason);
    let unit = EndUserSessions { user_id, except: None, reason, access_ttl };
    let unit = audited(unit, move |done| done.is_some().then(|| event.clone()));
    let ended = context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)?;
    context.house.revocations.learn(&ended.ok_or(UserSessionError::NotThere)?);
    tracing::info!(event = "sessions_ended", %user_id, %by);
    Ok(())
}

/// Anybody's. That it has ended already is a success, too.
///
/// # Errors
/// [`UserSessionError`].
pub async fn end_session(context: &Context, visit: &Visit, by: &By, session_id: Uuid) -> Result<(), UserSessionError> {
    let database = &context.house.database;
    let found = database.run(FindOwner { session_id }, visit.deadline).await.map_err(Cause::from)?;
    let user_id = found.ok_or(UserSessionError::NotThere)?.user_id;
    may_act_on(context, visit, by, user_id).await?;
    let (reason, access_ttl) = (EndReason::EndedByAdministrator, context.rules.access_ttl);
    let event = session_ended(visit, by.actor(), user_id, session_id, reason);
    let unit = EndSession { session_id, user_id, reason, access_ttl };
    let unit = audited(unit, move |ended| ended.is_new.then(|| event.clone()));
    let Ended { revocation, .. } = database.run(unit, visit.deadline).await.map_err(Cause::from)?;
    context.house.revocations.learn(&revocation);
    tracing::info!(event = "session_ended", reason = reason.word(), %user_id, %session_id, %by);
    Ok(())
}
