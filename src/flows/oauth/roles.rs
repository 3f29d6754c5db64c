//! Roles that a provider's claims decide about, where the operator has said so.

use uuid::Uuid;

use crate::domain::provider::ProviderName;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::claimed_roles::ClaimRoles;

/// Gives and takes the roles that are the provider's to decide about; all others stay as they are. What changed makes
/// access tokens stale, as every change of roles does.
pub(super) async fn apply_roles(
    context: &Context,
    visit: &Visit,
    user_id: Uuid,
    provider: &ProviderName,
    held: Vec<String>,
) -> Result<(), Cause> {
    let Some(decides) = context.rules.claimed_roles.get(provider) else { return Ok(()) };
    let (governed, access_ttl) = (decides.clone(), context.rules.access_ttl);
    let claim = ClaimRoles { user_id, governed, held, access_ttl };
    if let Some(revocation) = context.house.database.run(claim, visit.deadline).await? {
        context.house.revocations.learn(&revocation);
        tracing::info!(event = "roles_claimed", %user_id, %provider);
    }
    Ok(())
}
