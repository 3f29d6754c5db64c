//! An account: what makes one, what others see of it, what its owner may change.

use uuid::Uuid;

use super::clock::Timestamp;
use super::email::Email;
use super::profile::{DisplayName, Metadata};
use super::username::Username;

/// An account that is about to be made; its parts are parsed and its password hashed.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub id: Uuid,
    pub email: Option<Email>,
    pub username: Option<Username>,
    /// PHC string. `None`: this account has no password to sign in with.
    pub hashed_password: Option<String>,
    pub display_name: Option<DisplayName>,
    pub metadata: Option<Metadata>,
}

/// An account as its owner and administrators see it. No secrets.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: Uuid,
    pub email: Option<String>,
    pub username: Option<String>,
    pub display_name: Option<String>,
    /// A JSON object, as text.
    pub metadata: Option<String>,
    pub active: bool,
    pub email_verified: bool,
    pub mfa_enabled: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_login: Option<Timestamp>,
}

/// What is to become of a value that may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    #[default]
    Keep,
    Remove,
    Set(T),
}

/// What an owner wants changed.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub username: Change<Username>,
    pub display_name: Change<DisplayName>,
    pub metadata: Change<Metadata>,
}
