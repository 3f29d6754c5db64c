//! Whether a password that somebody gives is the account's.

use secrecy::SecretString;

use super::cause::Cause;
use super::{Context, Visit};
use crate::actors::hasher::{HashError, Verdict};
use crate::domain::password::GivenPassword;

/// Against a stored hash; `None` is an account that does not exist or has no password. A hash that this installation
/// cannot compute, or will not pay for, lets nobody in, after as long as any other.
///
/// A password that is wrong in NFC is tried as it was sent, where that differs: systems that people come from hashed it
/// so. Whether there is an account, and where its hash is from, changes nothing about that.
pub(super) async fn verify(
    context: &Context,
    visit: &Visit,
    password: &GivenPassword,
    stored: Option<&str>,
) -> Result<Verdict, Cause> {
    let verdict = compare(context, visit, password.secret(), stored).await?;
    match (verdict, password.as_sent()) {
        (Verdict::Wrong, Some(sent)) => compare(context, visit, sent, stored).await,
        (verdict, _) => Ok(verdict),
    }
}

async fn compare(
    context: &Context,
    visit: &Visit,
    password: &SecretString,
    stored: Option<&str>,
) -> Result<Verdict, Cause> {
    let hasher = &context.house.hasher;
    match hasher.verify(password.clone(), stored, visit.deadline).await {
        Err(cause @ (HashError::Unusable(_) | HashError::TooLarge { .. })) => {
            tracing::warn!(%cause, "a stored password cannot be verified");
            Ok(hasher.verify(password.clone(), None, visit.deadline).await?)
        }
        verdict => Ok(verdict?),
    }
}
