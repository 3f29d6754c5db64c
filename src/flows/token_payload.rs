//! What waits beside a one-time token until it comes back: facts, sealed for the row of that token.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::cause::Cause;
use crate::actors::sealing::{Place, Purpose, Sealer};
use crate::store::one_time_tokens::TokenRow;

/// # Errors
/// [`Cause::Defect`], where nothing can be sealed.
pub(super) fn seal(sealer: &Sealer, token_id: Uuid, facts: &impl Serialize) -> Result<Vec<u8>, Cause> {
    let text = serde_json::to_vec(facts).map(Zeroizing::new).map_err(|cause| Cause::Defect(cause.to_string()))?;
    let payload = sealer.seal(Purpose::TokenPayload, &place(token_id), &text);
    payload.map_err(|cause| Cause::Defect(cause.to_string()))
}

/// # Errors
/// [`Cause::Defect`], where there is none or it does not open.
pub(super) fn open<T: DeserializeOwned>(sealer: &Sealer, row: &TokenRow) -> Result<T, Cause> {
    let defect = |why: &dyn std::fmt::Display| Cause::Defect(format!("one_time_tokens: row {}: {why}", row.id));
    let payload = row.payload.as_deref().ok_or_else(|| defect(&"it has no payload"))?;
    let text = sealer.open(Purpose::TokenPayload, &place(row.id), payload).map_err(|cause| defect(&cause))?;
    serde_json::from_slice(&text).map_err(|cause| defect(&cause))
}

fn place(token_id: Uuid) -> Place {
    Purpose::TokenPayload.place(token_id)
}
