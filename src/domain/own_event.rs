//! An event of the audit trail, as its subject may see it.

use uuid::Uuid;

use super::audit_event::Personal;
use super::clock::Timestamp;

/// Who it was is said where it was the owner; of somebody else only what they are.
#[derive(Clone, Debug)]
pub struct OwnEvent {
    pub id: Uuid,
    pub at: Timestamp,
    pub by_owner: bool,
    pub actor_kind: String,
    pub action: String,
    pub outcome: String,
    pub session_id: Option<Uuid>,
    /// A JSON object.
    pub detail: String,
    pub request_id: Option<String>,
    /// Only the owner's, and that of somebody unknown who tried to be the owner.
    pub personal: Personal,
}
