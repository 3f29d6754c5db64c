//! Who somebody is at another provider, as it hangs on an account here.

use uuid::Uuid;

use super::clock::Timestamp;
use super::email::Email;
use super::provider::{ProviderName, Subject};

/// An identity that is about to be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdentity {
    pub id: Uuid,
    pub provider: ProviderName,
    /// As the provider calls itself; with the subject it says who somebody is.
    pub issuer: String,
    pub subject: Subject,
    /// As the provider had it then. Says who is meant, and decides nothing.
    pub email: Option<Email>,
}

/// An identity that is linked. No secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    pub email: Option<String>,
    pub linked_at: Timestamp,
}
