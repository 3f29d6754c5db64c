//! Where an account stands, and the one gate before every token.

use std::time::Duration;

use uuid::Uuid;

use super::clock::Timestamp;

/// What decides whether an account may be given tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one row, each named where it is read")]
pub struct Standing {
    pub user_id: Uuid,
    pub active: bool,
    pub locked: bool,
    pub email_verified: bool,
    pub mfa_enabled: bool,
    pub must_change_password: bool,
    /// `None`: there is no password that could be too old.
    pub password_changed_at: Option<Timestamp>,
    /// Sessions of an older epoch are dead.
    pub auth_epoch: i64,
    /// Access tokens of an older version are stale.
    pub claims_version: i64,
}

/// By which way tokens are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A password was right, and nothing else has been shown.
    Password,
    /// A provider has said who it is, and nothing else has been shown. Owes what a password owes.
    Oauth,
    /// A second factor was right, after a password or a provider's word.
    SecondFactor,
    /// An old or temporary password was replaced, after every factor that was owed then.
    NewPassword { after_second_factor: bool },
    /// Somebody who is signed in has shown a factor again.
    Reauthentication,
    /// A refresh token: every factor was shown when the session began.
    Refresh,
}

impl How {
    /// Every way there is; the matrix of tests walks it.
    pub const ALL: [Self; 7] = [
        Self::Password,
        Self::Oauth,
        Self::SecondFactor,
        Self::NewPassword { after_second_factor: false },
        Self::NewPassword { after_second_factor: true },
        Self::Reauthentication,
        Self::Refresh,
    ];

    /// Whether a session begins. Those that have begun go on when the rules become stricter.
    const fn begins_session(self) -> bool {
        match self {
            Self::Password | Self::Oauth | Self::SecondFactor | Self::NewPassword { .. } => true,
            Self::Reauthentication | Self::Refresh => false,
        }
    }

    const fn owes_second_factor(self) -> bool {
        matches!(self, Self::Password | Self::Oauth | Self::NewPassword { after_second_factor: false })
    }

    const fn owes_password_change(self) -> bool {
        matches!(self, Self::Password | Self::Oauth | Self::SecondFactor)
    }
}

/// What this installation demands of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    pub verified_email: bool,
    /// `None`: passwords do not grow old.
    pub password_max_age: Option<Duration>,
}

/// Why an account may not be given tokens now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    #[error("the account is locked")]
    Locked,
    #[error("the account is disabled")]
    Disabled,
    #[error("the e-mail address is not verified")]
    EmailUnverified,
    #[error("a second factor is owed")]
    SecondFactorOwed,
    #[error("the password must be changed first")]
    PasswordChangeOwed,
    #[error("the service client is disabled")]
    ClientDisabled,
}

impl Barred {
    /// For the audit trail.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Disabled | Self::ClientDisabled => "disabled",
            Self::EmailUnverified => "unverified",
            Self::SecondFactorOwed => "second_factor_owed",
            Self::PasswordChangeOwed => "password_change_owed",
        }
    }
}

/// Leave to mint tokens for one subject. Only the gate makes one, and the issuer mints for nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Permit {
    subject: Subject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    User { id: Uuid, auth_epoch: i64, claims_version: i64 },
    Client { id: Uuid },
}

impl Permit {
    pub fn subject(&self) -> Subject {
        self.subject
    }
}

/// The gate. Stands directly before every mint for a person; the session's INSERT and the rotation's UPDATE repeat it,
/// because an account can be locked in between.
///
/// # Errors
/// [`Barred`] says what is in the way, the first thing where there are several: nobody is asked for a second factor whose
/// account is locked, and nobody for a new password who has not shown every factor. What of it a client may hear is the
/// flow's decision.
pub fn may_issue_tokens(standing: &Standing, how: How, demands: &Demands, now: Timestamp) -> Result<Permit, Barred> {
    if standing.locked {
        return Err(Barred::Locked);
    }
    if !standing.active {
        return Err(Barred::Disabled);
    }
    if demands.verified_email && !standing.email_verified && how.begins_session() {
        return Err(Barred::EmailUnverified);
    }
    if standing.mfa_enabled && how.owes_second_factor() {
        return Err(Barred::SecondFactorOwed);
    }
    if standing.owes_new_password(demands, now) && how.owes_password_change() {
        return Err(Barred::PasswordChangeOwed);
    }
    let Standing { user_id: id, auth_epoch, claims_version, .. } = *standing;
    Ok(Permit { subject: Subject::User { id, auth_epoch, claims_version } })
}

impl Standing {
    fn owes_new_password(&self, demands: &Demands, now: Timestamp) -> bool {
        let is_old = |(changed_at, max_age): (Timestamp, Duration)| changed_at.plus(max_age) <= now;
        self.must_change_password || self.password_changed_at.zip(demands.password_max_age).is_some_and(is_old)
    }
}

/// The same gate for a program that has shown its secret.
///
/// # Errors
/// [`Barred::ClientDisabled`].
pub fn may_issue_to_client(id: Uuid, active: bool) -> Result<Permit, Barred> {
    if active { Ok(Permit { subject: Subject::Client { id } }) } else { Err(Barred::ClientDisabled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Standing = Standing {
        user_id: Uuid::nil(),
        active: true,
        locked: false,
        email_verified: false,
        mfa_enabled: false,
        must_change_password: false,
        password_changed_at: None,
        auth_epoch: 3,
        claims_version: 4,
    };

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
    const STRICT: Demands = Demands { verified_email: true, password_max_age: Some(Duration::from_mins(1)) };

    /// The way, in the order of `How::ALL`, and what is told: P may pass, otherwise the first letter of what is in the way.
    fn told(standing: Standing, demands: Demands) -> String {
        let word = |how| match may_issue_tokens(&standing, how, &demands, NOW) {
            Ok(_) => 'P',
            Err(Barred::Locked) => 'L',
            Err(Barred::Disabled) => 'D',
            Err(Barred::EmailUnverified) => 'E',
            Err(Barred::SecondFactorOwed) => 'S',
            Err(Barred::PasswordChangeOwed) => 'C',
            Err(Barred::ClientDisabled) => '?',
        };
        How::ALL.map(word).iter().collect()
    }

    #[test]
    fn every_way_and_every_state() {
        let lax = Demands::default();
        let changed_at = |seconds: u64| Some(NOW.minus(Duration::from_secs(seconds)));
        for (standing, demands, expected) in [
            (GOOD, lax, "PPPPPPP"),
            (Standing { locked: true, ..GOOD }, lax, "LLLLLLL"),
            (Standing { active: false, ..GOOD }, lax, "DDDDDDD"),
            (GOOD, STRICT, "EEEEEPP"),
            (Standing { mfa_enabled: true, ..GOOD }, lax, "SSPSPPP"),
            (Standing { must_change_password: true, ..GOOD }, lax, "CCCPPPP"),
            (Standing { mfa_enabled: true, must_change_password: true, ..GOOD }, lax, "SSCSPPP"),
            (Standing { password_changed_at: changed_at(60), email_verified: true, ..GOOD }, STRICT, "CCCPPPP"),
            (Standing { password_changed_at: changed_at(59), email_verified: true, ..GOOD }, STRICT, "PPPPPPP"),
            (Standing { password_changed_at: changed_at(60), ..GOOD }, lax, "PPPPPPP"),
        ] {
            assert_eq!(told(standing, demands), expected, "{standing:?} {demands:?}");
        }
        assert_eq!(may_issue_to_client(Uuid::nil(), false).map(drop), Err(Barred::ClientDisabled));
    }

    #[test]
    fn a_permit_carries_the_counters_it_was_given_for() {
        let permit = may_issue_tokens(&GOOD, How::Refresh, &Demands::default(), NOW).unwrap();
        assert_eq!(permit.subject(), Subject::User { id: Uuid::nil(), auth_epoch: 3, claims_version: 4 });
    }
}
