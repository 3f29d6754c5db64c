//! Whether a password that somebody gives is the account's.

use super::cause::Cause;
use super::{Context, Visit};
use crate::actors::hasher::{HashError, Verdict};
use crate::domain::password::GivenPassword;

/// Against a stored hash; `None` is an account that does not exist or has no password. A hash that this installation
/// cannot compute, or will not pay for, lets nobody in, after as long as any other.
pub(super) async fn verify(
    context: &Context,
    visit: &Visit,
    password: &GivenPassword,
    stored: Option<&str>,
) -> Result<Verdict, Cause> {
    let hasher = &context.house.hasher;
    match hasher.verify(password.secret().clone(), stored, visit.deadline).await {
        Err(cause @ (HashError::Unsupported | HashError::TooExpensive)) => {
            tracing::warn!(%cause, "a stored password cannot be verified");
            Ok(hasher.verify(password.secret().clone(), None, visit.deadline).await?)
        }
        verdict => Ok(verdict?),
    }
}
