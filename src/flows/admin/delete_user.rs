//! Deleting somebody's account with all that is held about them.

use uuid::Uuid;

use super::above::{AboveError, may_act_on};
use super::by::By;
use crate::domain::audit_event::Action;
use crate::domain::etag::Precondition;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::account_deletion::DeleteAccount;
use crate::store::audited::audited;
use crate::store::user_deletion::{DeleteUser, UserDeleted};

#[derive(Debug, thiserror::Error)]
pub enum DeleteUserError {
    #[error("there is no such user")]
    NoSuchUser,
    #[error("there would be no administrator left")]
    LastAdministrator,
    #[error("the user is not as the precondition says")]
    PreconditionFailed,
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`DeleteUserError`]; then nothing has changed.
pub async fn delete_user(
    context: &Context,
    visit: &Visit,
    by: &By,
    user_id: Uuid,
    precondition: &Precondition,
) -> Result<(), DeleteUserError> {
    may_act_on(context, visit, by, user_id).await?;
    let event = visit.event(Action::UserDeleted, by.actor()).about(user_id);
    // Whose data goes leaves none behind.
    let event = if by.id() == Some(user_id) { event.impersonal() } else { event };
    let delete = DeleteAccount { user_id, access_ttl: context.rules.access_ttl };
    let unit = DeleteUser { delete, precondition: precondition.clone() };
    let unit = audited(unit, move |done| matches!(done, UserDeleted::Yes(_)).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        UserDeleted::Yes(revocation) => {
            context.house.revocations.learn(&revocation);
            tracing::info!(event = "account_deleted", %user_id, %by);
            Ok(())
        }
        UserDeleted::PreconditionFailed => Err(DeleteUserError::PreconditionFailed),
        UserDeleted::LastAdministrator => Err(DeleteUserError::LastAdministrator),
        UserDeleted::NoSuchUser => Err(DeleteUserError::NoSuchUser),
    }
}
