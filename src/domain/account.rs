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
    /// When it was shown, or vouched for, that the address is its owner's.
    pub email_verified_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl NewAccount {
    /// As it stands once it is made.
    pub fn as_made(&self) -> Account {
        Account {
            id: self.id,
            email: self.email.as_ref().map(|email| email.as_entered().to_owned()),
            username: self.username.as_ref().map(|name| name.as_entered().to_owned()),
            display_name: self.display_name.as_ref().map(|name| name.as_str().to_owned()),
            metadata: self.metadata.as_ref().map(|metadata| metadata.as_str().to_owned()),
            active: true,
            email_verified: self.email_verified_at.is_some(),
            mfa_enabled: false,
            created_at: self.created_at,
            updated_at: self.created_at,
            last_login: None,
        }
    }
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

impl ProfileChange {
    /// What is to be another than it was, by name.
    pub fn fields(&self) -> Vec<&'static str> {
        let changes = [
            ("username", matches!(self.username, Change::Keep)),
            ("display_name", matches!(self.display_name, Change::Keep)),
            ("metadata", matches!(self.metadata, Change::Keep)),
        ];
        changes.into_iter().filter(|(_, is_kept)| !is_kept).map(|(name, _)| name).collect()
    }
}
