//! The roles that every installation has.

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::role::BUILT_IN;
use crate::store::audited::audited;
use crate::store::roles::EnsureRole;

/// Makes what is missing of the built-in roles. The names of those that were not complete.
///
/// # Errors
/// [`Cause`].
pub async fn create_roles(context: &Context, visit: &Visit) -> Result<Vec<&'static str>, Cause> {
    let mut made = Vec::new();
    for role in BUILT_IN {
        let event = visit.event(Action::RoleCreated, Actor::OPERATOR).with("role", role.name);
        let ensure = audited(EnsureRole(role), move |made| made.then(|| event.clone()));
        if context.house.database.run(ensure, visit.deadline).await? {
            made.push(role.name);
        }
    }
    Ok(made)
}
