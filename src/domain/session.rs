//! A session: one sign-in on one device.

use std::num::NonZeroU32;
use std::time::Duration;

use uuid::Uuid;

use super::clock::Timestamp;

/// How somebody authenticated (RFC 8176), as it stands in `amr`.
pub const AMR_PASSWORD: &str = "pwd";

/// A session that is about to begin, with its family of refresh tokens.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub id: Uuid,
    pub family_id: Uuid,
    pub user_id: Uuid,
    /// The user's epoch when the gate was passed; the session begins only if it still holds.
    pub auth_epoch: i64,
    pub mac_key_id: Uuid,
    pub auth_time: Timestamp,
    /// Absolute end.
    pub expires_at: Timestamp,
    /// End unless it is refreshed before.
    pub idle_expires_at: Timestamp,
    /// RFC 8176, separated by spaces.
    pub amr: String,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// `None`: its user may have any number of them.
    pub limit: Option<SessionLimit>,
}

/// How many sessions somebody may have at once, the new one included. The oldest go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimit {
    pub sessions: NonZeroU32,
    /// How long the access tokens live of those that go.
    pub access_ttl: Duration,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner signed out.
    SignedOut,
    /// The password was changed, or replaced because it was old or temporary.
    PasswordChanged,
    /// Its user began another one, and may have only so many.
    SessionLimit,
    /// A refresh token was used twice: it had been stolen, or its owner had.
    RefreshTokenReused,
    /// A refresh token newer than the family: the database was set back.
    StateRolledBack,
}

impl EndReason {
    pub const fn word(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::PasswordChanged => "password_changed",
            Self::SessionLimit => "session_limit",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::StateRolledBack => "state_rolled_back",
        }
    }
}
