//! A service client as administrators see it. Its secret is nobody's to see.

use uuid::Uuid;

use super::clock::Timestamp;
use super::permission::Permissions;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceClient {
    pub id: Uuid,
    pub name: String,
    pub permissions: Permissions,
    pub active: bool,
    pub created_at: Timestamp,
    /// To the minute.
    pub last_used_at: Option<Timestamp>,
}
