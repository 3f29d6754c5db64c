//! The roles that every installation has.

use super::cause::Cause;
use crate::actors::database::DatabaseDoor;
use crate::domain::clock::Deadline;
use crate::domain::role::BUILT_IN;
use crate::store::roles::EnsureRole;

/// Makes what is missing of the built-in roles. The names of those that were not complete.
///
/// # Errors
/// [`Cause`].
pub async fn create_roles(database: &DatabaseDoor, deadline: Deadline) -> Result<Vec<&'static str>, Cause> {
    let mut made = Vec::new();
    for role in BUILT_IN {
        if database.run(EnsureRole(role), deadline).await? {
            made.push(role.name);
        }
    }
    Ok(made)
}
