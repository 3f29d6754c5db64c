//! The roles that every installation has.

use uuid::Uuid;

use super::cause::Cause;
use crate::actors::database::DatabaseDoor;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::clock::Deadline;
use crate::domain::role::BUILT_IN;
use crate::store::audited::audited;
use crate::store::roles::EnsureRole;

/// Makes what is missing of the built-in roles. The names of those that were not complete.
///
/// # Errors
/// [`Cause`].
pub async fn create_roles(database: &DatabaseDoor, deadline: Deadline) -> Result<Vec<&'static str>, Cause> {
    let mut made = Vec::new();
    for role in BUILT_IN {
        let event = NewEvent::new(Uuid::nil(), Action::RoleCreated, Actor::OPERATOR).with("role", role.name);
        let ensure = audited(EnsureRole(role), move |made| made.then(|| event.clone()));
        if database.run(ensure, deadline).await? {
            made.push(role.name);
        }
    }
    Ok(made)
}
