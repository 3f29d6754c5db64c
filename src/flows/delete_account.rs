//! Leaving for good.

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::{Action, Actor};
use crate::store::account_deletion::{AccountDeleted, DeleteAccount};
use crate::store::audited::audited;

#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    #[error("there would be no administrator left")]
    LastAdministrator,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Deletes the caller's account with all that is held about them, and ends their sessions. An account that has just been
/// deleted by another call is gone all the same.
///
/// # Errors
/// [`DeleteAccountError`]; then nothing has changed.
pub async fn delete_account(context: &Context, visit: &Visit, claims: &AccessClaims) -> Result<(), DeleteAccountError> {
    let user_id = claims.sub;
    // Whose data goes leaves none behind.
    let event = visit.event(Action::UserDeleted, Actor::bearer(claims)).about(user_id).impersonal();
    let unit = DeleteAccount { user_id, access_ttl: context.rules.access_ttl };
    let unit = audited(unit, move |done| matches!(done, AccountDeleted::Yes(_)).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        AccountDeleted::Yes(revocation) => {
            context.house.revocations.learn(&revocation);
            tracing::info!(event = "account_deleted", %user_id);
            Ok(())
        }
        AccountDeleted::NoSuchUser => Ok(()),
        AccountDeleted::LastAdministrator => Err(DeleteAccountError::LastAdministrator),
    }
}
