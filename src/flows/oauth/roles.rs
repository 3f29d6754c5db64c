//! Roles that a provider's claims decide about, where the operator has said so.

use uuid::Uuid;

use crate::domain::audit_event::{Action, Actor};
use crate::domain::provider::ProviderName;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
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
    let now: Vec<_> = decides.iter().filter(|role| held.contains(role)).map(String::as_str).collect();
    let event = visit.event(Action::RolesClaimed, Actor::person(user_id)).about(user_id);
    let event = event.with("provider", provider.as_str()).with("roles", now.join(" "));
    let claim = ClaimRoles { user_id, governed, held, access_ttl };
    let claim = audited(claim, move |changed| changed.is_some().then(|| event.clone()));
    if let Some(revocation) = context.house.database.run(claim, visit.deadline).await? {
        context.house.revocations.learn(&revocation);
        tracing::info!(event = "roles_claimed", %user_id, %provider);
    }
    Ok(())
}
