//! Changing somebody's account.

use uuid::Uuid;

use super::above::{AboveError, may_act_on};
use super::by::By;
use crate::domain::audit_event::{Action, NewEvent};
use crate::domain::etag::Precondition;
use crate::domain::user_record::{UserChange, UserRecord};
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::user_changes::{ChangeUser, UserChanged};

#[derive(Debug, thiserror::Error)]
pub enum ChangeUserError {
    #[error("there is no such user")]
    NoSuchUser,
    #[error("the account has no e-mail address")]
    NoEmail,
    #[error("there would be no administrator left")]
    LastAdministrator,
    #[error("the user is not as the precondition says")]
    PreconditionFailed,
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// The record as it stands afterwards. Whoever is taken out of use is signed out everywhere.
///
/// # Errors
/// [`ChangeUserError`]; then nothing was changed.
pub async fn change_user(
    context: &Context,
    visit: &Visit,
    by: &By,
    user_id: Uuid,
    precondition: &Precondition,
    change: UserChange,
) -> Result<UserRecord, ChangeUserError> {
    let event = visit.event(Action::UserChanged, by.actor()).about(user_id);
    let event = event.with("fields", change.fields().join(" "));
    change_told(context, visit, by, user_id, precondition, change, event).await
}

/// Says whose the address is, in place of a mail that would show it.
///
/// # Errors
/// As [`change_user`].
pub async fn verify_email_of(context: &Context, visit: &Visit, by: &By, user_id: Uuid) -> Result<(), ChangeUserError> {
    let event = visit.event(Action::EmailVerified, by.actor()).about(user_id);
    let change = UserChange { email_verified: Some(true), ..UserChange::default() };
    change_told(context, visit, by, user_id, &Precondition::None, change, event).await.map(drop)
}

async fn change_told(
    context: &Context,
    visit: &Visit,
    by: &By,
    user_id: Uuid,
    precondition: &Precondition,
    change: UserChange,
    event: NewEvent,
) -> Result<UserRecord, ChangeUserError> {
    may_act_on(context, visit, by, user_id).await?;
    let unit = ChangeUser { user_id, change, precondition: precondition.clone(), access_ttl: context.rules.access_ttl };
    let unit =
        audited(unit, move |changed| matches!(changed, UserChanged::Yes { differs: true, .. }).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        UserChanged::Yes { record, ended, .. } => {
            if let Some(revocation) = &ended {
                context.house.revocations.learn(revocation);
            }
            tracing::info!(event = "account_changed", %user_id, %by);
            Ok(*record)
        }
        UserChanged::PreconditionFailed => Err(ChangeUserError::PreconditionFailed),
        UserChanged::LastAdministrator => Err(ChangeUserError::LastAdministrator),
        UserChanged::NoEmail => Err(ChangeUserError::NoEmail),
        UserChanged::NoSuchUser => Err(ChangeUserError::NoSuchUser),
    }
}
