//! What somebody may do, from memory where the same version of it was asked for before.

use std::sync::Arc;

use super::{Context, Visit};
use crate::actors::database::DatabaseError;
use crate::domain::role::Grants;
use crate::domain::standing::Standing;
use crate::store::roles::FindGrants;

/// The roles and permissions of a user, of its present `claims_version` or newer.
///
/// # Errors
/// [`DatabaseError`].
pub async fn grants_of(context: &Context, standing: &Standing, visit: &Visit) -> Result<Arc<Grants>, DatabaseError> {
    let cache = context.house.issuer.grants_cache();
    let key = (standing.user_id, standing.claims_version);
    // A role whose definition changed has no version of its own; that change stands among the revocations.
    let roles_changed_at = context.house.revocations.role_definitions_changed_at();
    if let Some(grants) = cache.get(key, roles_changed_at) {
        return Ok(grants);
    }
    let asked_at = context.house.clock.now();
    let grants = context.house.database.run(FindGrants { user_id: standing.user_id }, visit.deadline).await?;
    Ok(cache.put(key, grants, asked_at))
}
