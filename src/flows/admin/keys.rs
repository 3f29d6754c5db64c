//! The keys that sign access tokens, and putting another one in their place without anybody noticing.

use super::by::By;
use crate::actors::issuer::{Rotating, When};
use crate::domain::audit_event::Action;
use crate::domain::signing_key::{KeyState, SigningKeyRecord};
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::keys::ListSigningKeys;

/// Each with what it is good for now; the latest first.
///
/// # Errors
/// [`Cause`].
pub async fn list_keys(context: &Context, visit: &Visit) -> Result<Vec<(SigningKeyRecord, KeyState)>, Cause> {
    let keys = context.house.database.run(ListSigningKeys, visit.deadline).await?;
    let (signing, now) = (context.house.issuer.signing_kid(), context.house.clock.now());
    let with_state = |key: SigningKeyRecord| {
        let state = key.state(signing.as_deref(), now);
        (key, state)
    };
    Ok(keys.into_iter().map(with_state).collect())
}

/// The next signing key.
#[derive(Clone, Debug)]
pub struct NextKey {
    pub key: SigningKeyRecord,
    pub state: KeyState,
    /// Otherwise it was made before, and has not signed yet.
    pub is_new: bool,
}

/// Makes the next signing key. Unnoticed: it is published now, signs ten minutes later, and the others go once the last
/// token that they signed has expired. At once: the others are good for nothing any more, and neither is any access token
/// that was made before, here at once and on other nodes within seconds; people refresh and go on.
///
/// # Errors
/// [`Cause`].
pub async fn rotate_keys(context: &Context, visit: &Visit, by: &By, when: When) -> Result<NextKey, Cause> {
    let event = |action| visit.event(action, by.actor());
    let told = Rotating { made: event(Action::KeyCreated), retired: event(Action::KeyRetired), when };
    let rotated = context.house.issuer.rotate_keys(told, visit.deadline).await?;
    if rotated.is_new {
        tracing::info!(event = "signing_keys_rotated", kid = %rotated.kid, at_once = (when == When::AtOnce), %by);
    }
    let keys = list_keys(context, visit).await?;
    let next = keys.into_iter().find(|(key, _)| key.id == rotated.kid);
    let (key, state) = next.ok_or_else(|| Cause::Defect("signing_keys: the next key is not there".to_owned()))?;
    Ok(NextKey { key, state, is_new: rotated.is_new })
}
