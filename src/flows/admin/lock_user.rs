//! Locking an account, and taking the lock off.

use uuid::Uuid;

use super::above::{AboveError, may_act_on};
use super::by::By;
use crate::domain::audit_event::Action;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::user_locks::{LockUser, UnlockUser, UserLocked, UserUnlocked};

#[derive(Debug, thiserror::Error)]
pub enum LockUserError {
    #[error("there is no such user")]
    NoSuchUser,
    #[error("there would be no administrator left")]
    LastAdministrator,
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Ends every session. That it is locked already is a success, too.
///
/// # Errors
/// [`LockUserError`]; then nothing has changed.
pub async fn lock_user(context: &Context, visit: &Visit, by: &By, user_id: Uuid) -> Result<(), LockUserError> {
    may_act_on(context, visit, by, user_id).await?;
    let event = visit.event(Action::UserLocked, by.actor()).about(user_id);
    let unit = LockUser { user_id, access_ttl: context.rules.access_ttl };
    let unit = audited(unit, move |done| matches!(done, UserLocked::Yes(_)).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        UserLocked::Yes(revocation) => {
            context.house.revocations.learn(&revocation);
            tracing::info!(event = "account_locked", %user_id, %by);
            Ok(())
        }
        UserLocked::Before => Ok(()),
        UserLocked::LastAdministrator => Err(LockUserError::LastAdministrator),
        UserLocked::NoSuchUser => Err(LockUserError::NoSuchUser),
    }
}

/// Lifts what the throttle has counted against the account as well. That there is neither is a success, too.
///
/// # Errors
/// [`LockUserError`].
pub async fn unlock_user(context: &Context, visit: &Visit, by: &By, user_id: Uuid) -> Result<(), LockUserError> {
    may_act_on(context, visit, by, user_id).await?;
    let event = visit.event(Action::UserUnlocked, by.actor()).about(user_id);
    let unit =
        audited(UnlockUser { user_id }, move |done| lifted(*done).map(|what| event.clone().with("lifted", what)));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        UserUnlocked::Yes { .. } => {
            tracing::info!(event = "account_unlocked", %user_id, %by);
            Ok(())
        }
        UserUnlocked::Before => Ok(()),
        UserUnlocked::NoSuchUser => Err(LockUserError::NoSuchUser),
    }
}

/// In the trail's words; `None` where nothing was.
fn lifted(done: UserUnlocked) -> Option<&'static str> {
    match done {
        UserUnlocked::Yes { lock: true, failures: true } => Some("lock failures"),
        UserUnlocked::Yes { lock: true, failures: false } => Some("lock"),
        UserUnlocked::Yes { lock: false, .. } => Some("failures"),
        UserUnlocked::Before | UserUnlocked::NoSuchUser => None,
    }
}
