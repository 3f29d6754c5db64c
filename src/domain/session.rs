//! A session: one sign-in on one device.

use std::num::NonZeroU32;
use std::time::Duration;

use uuid::Uuid;

use super::clock::Timestamp;

/// How somebody authenticated (RFC 8176), as it stands in `amr`.
pub const AMR_PASSWORD: &str = "pwd";
/// The word of another provider. RFC 8176 has no name for it.
pub const AMR_FEDERATED: &str = "fed";
/// A code of an authenticator app.
pub const AMR_TOTP: &str = "otp";
/// A recovery code. RFC 8176 has no name for it.
pub const AMR_RECOVERY_CODE: &str = "rc";
/// More than one factor.
pub const AMR_SEVERAL: &str = "mfa";

/// `amr` with what was shown beside; nothing stands in it twice.
pub fn amr_with(amr: &str, more: &[&str]) -> String {
    let mut all: Vec<&str> = amr.split_ascii_whitespace().collect();
    for method in more {
        if !all.contains(method) {
            all.push(method);
        }
    }
    all.join(" ")
}

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

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    pub id: Uuid,
    pub created_at: Timestamp,
    /// When it was last refreshed; when it began, if never.
    pub last_used_at: Timestamp,
    pub authenticated_at: Timestamp,
    /// Absolute end.
    pub expires_at: Timestamp,
    /// RFC 8176, separated by spaces.
    pub amr: String,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub lives: bool,
    /// When it was ended and why, unless all sessions of its user were ended together.
    pub revoked_at: Option<Timestamp>,
    pub revoke_reason: Option<String>,
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
    /// The second factor was turned off.
    MfaTurnedOff,
    /// The password was forgotten, and another was set by a token that was mailed.
    PasswordReset,
    /// Its user began another one, and may have only so many.
    SessionLimit,
    /// The account is gone, at its owner's or at an administrator's wish.
    AccountDeleted,
    /// An administrator locked the account.
    AccountLocked,
    /// An administrator took the account out of use.
    AccountDisabled,
    /// An administrator set a temporary password.
    PasswordSet,
    /// An administrator took the second factor away.
    MfaReset,
    /// An administrator ended it.
    EndedByAdministrator,
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
            Self::MfaTurnedOff => "mfa_turned_off",
            Self::PasswordReset => "password_reset",
            Self::SessionLimit => "session_limit",
            Self::AccountDeleted => "account_deleted",
            Self::AccountLocked => "account_locked",
            Self::AccountDisabled => "account_disabled",
            Self::PasswordSet => "password_set",
            Self::MfaReset => "mfa_reset",
            Self::EndedByAdministrator => "ended_by_administrator",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::StateRolledBack => "state_rolled_back",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_that_is_shown_again_stands_there_once() {
        assert_eq!(amr_with(AMR_PASSWORD, &[AMR_TOTP, AMR_SEVERAL]), "pwd otp mfa");
        assert_eq!(amr_with("pwd otp mfa", &[AMR_TOTP, AMR_SEVERAL]), "pwd otp mfa");
        assert_eq!(amr_with("pwd rc mfa", &[AMR_PASSWORD]), "pwd rc mfa");
        assert_eq!(amr_with("", &[AMR_PASSWORD]), "pwd");
    }
}
