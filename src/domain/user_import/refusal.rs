//! Why a row is no account, in words that say what to do about it and quote no value of it.

use crate::domain::email::EmailError;
use crate::domain::password::PasswordError;
use crate::domain::password::stored_hash::StoredHashError;
use crate::domain::profile::{DisplayNameError, MetadataError};
use crate::domain::role::NotARoleName;
use crate::domain::username::UsernameError;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowRefusal {
    /// It does not have the form of its source.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("it is longer than {0} KiB")]
    TooLong(usize),
    #[error("there is no field {0:?} here; --map FILE says what it is, or leaves it out")]
    UnknownField(String),
    #[error("{field} is to be {wants}")]
    Kind { field: &'static str, wants: &'static str },
    #[error("it has neither an e-mail address nor a username")]
    Nameless,
    #[error("email: {0}")]
    Email(#[from] EmailError),
    #[error("username: {0}")]
    Username(#[from] UsernameError),
    #[error("display_name: {0}")]
    DisplayName(#[from] DisplayNameError),
    #[error("metadata: {0}")]
    Metadata(#[from] MetadataError),
    #[error("roles: {0}; --map FILE can name it so")]
    Role(#[from] NotARoleName),
    #[error("roles: there are more than 64")]
    TooManyRoles,
    #[error("password: {0}")]
    Password(#[from] PasswordError),
    #[error("password_hash: {0}")]
    Hash(#[from] StoredHashError),
    #[error("password is a hash; --map FILE can say that the field is password_hash")]
    PasswordIsHash,
    #[error("it has both password and password_hash; leave one out")]
    TwoPasswords,
    #[error("mfa_enabled is true and mfa_secret is missing; without mfa_enabled the account comes without one")]
    MfaWithoutSecret,
    #[error("mfa_secret is to be 80 to 160 bits in base32")]
    MfaSecret,
}

impl RowRefusal {
    pub(super) fn kind(field: &'static str, wants: &'static str) -> Self {
        Self::Kind { field, wants }
    }
}
