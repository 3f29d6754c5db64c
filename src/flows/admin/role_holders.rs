//! Who holds which role. What changes here is known on this node at once and on every other within a second.

use uuid::Uuid;

use super::above::{AboveError, may_act_on, may_hand_on};
use super::by::By;
use super::roles::{RoleError, find_role};
use crate::domain::audit_event::Action;
use crate::domain::role::{Holding, RoleName};
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
pub use crate::store::role_holders::Assignment;
use crate::store::role_holders::{AssignRole, Assigned, FindHolding};

#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    /// No such user, no such role, or the one does not hold the other.
    #[error("there is no such thing")]
    NotThere,
    #[error("there would be no administrator left")]
    LastAdministrator,
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Since when and through whom somebody holds a role.
///
/// # Errors
/// [`AssignError`].
pub async fn find_holding(
    context: &Context,
    visit: &Visit,
    user_id: Uuid,
    name: &RoleName,
) -> Result<Holding, AssignError> {
    let role_id = find_role(context, visit, name).await?.id;
    let find = FindHolding { user_id, role_id };
    let found = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?;
    found.ok_or(AssignError::NotThere)
}

/// Gives somebody a role, or takes it from them; where it is so already nothing happens, and that is a success.
///
/// # Errors
/// [`AssignError`]; then nothing has changed.
pub async fn assign_role(
    context: &Context,
    visit: &Visit,
    by: &By,
    user_id: Uuid,
    name: &RoleName,
    assignment: Assignment,
) -> Result<(), AssignError> {
    let role = find_role(context, visit, name).await?;
    may_hand_on(by, &role.permissions)?;
    may_act_on(context, visit, by, user_id).await?;
    let action = match assignment {
        Assignment::Grant => Action::RoleGranted,
        Assignment::Withdraw => Action::RoleTaken,
    };
    let event = visit.event(action, by.actor()).about(user_id).with("role", name.as_str());
    let assign = AssignRole { user_id, role, assignment, by: by.id(), access_ttl: context.rules.access_ttl };
    let assign = audited(assign, move |done| matches!(done, Assigned::Yes(_)).then(|| event.clone()));
    match context.house.database.run(assign, visit.deadline).await.map_err(Cause::from)? {
        Assigned::Yes(revocation) => {
            context.house.revocations.learn(&revocation);
            tracing::info!(event = "role_assigned", role = name.as_str(), ?assignment, %user_id, %by);
            Ok(())
        }
        Assigned::Already => Ok(()),
        Assigned::LastAdministrator => Err(AssignError::LastAdministrator),
        Assigned::NoSuchUser | Assigned::NoSuchRole => Err(AssignError::NotThere),
    }
}

impl From<RoleError> for AssignError {
    /// Of looking a role up.
    fn from(error: RoleError) -> Self {
        match error {
            RoleError::NoSuchRole => Self::NotThere,
            RoleError::Cause(cause) => Self::Cause(cause),
            RoleError::Above(above) => Self::Above(above),
            RoleError::NameTaken
            | RoleError::BuiltIn
            | RoleError::PreconditionFailed
            | RoleError::Overtaken
            | RoleError::InUse => Self::Cause(Cause::Defect(error.to_string())),
        }
    }
}
