//! Leaving for good.

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::store::account_deletion::{AccountDeleted, DeleteAccount};

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
    let unit = DeleteAccount { user_id, access_ttl: context.rules.access_ttl };
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
