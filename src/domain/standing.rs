//! Where an account stands, and the one gate before every token.

use uuid::Uuid;

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
    /// A refresh token: every factor was shown when the session began.
    Refresh,
}

/// Why an account may not be given tokens now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    #[error("the account is locked")]
    Locked,
    #[error("the account is disabled")]
    Disabled,
    #[error("a second factor is owed")]
    SecondFactorOwed,
    #[error("the password must be changed first")]
    PasswordChangeOwed,
    #[error("the service client is disabled")]
    ClientDisabled,
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
/// [`Barred`] says what is in the way. What of it a client may hear is the flow's decision.
pub fn may_issue_tokens(standing: &Standing, how: How) -> Result<Permit, Barred> {
    if standing.locked {
        return Err(Barred::Locked);
    }
    if !standing.active {
        return Err(Barred::Disabled);
    }
    if how == How::Password && standing.mfa_enabled {
        return Err(Barred::SecondFactorOwed);
    }
    if how == How::Password && standing.must_change_password {
        return Err(Barred::PasswordChangeOwed);
    }
    let Standing { user_id: id, auth_epoch, claims_version, .. } = *standing;
    Ok(Permit { subject: Subject::User { id, auth_epoch, claims_version } })
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
        auth_epoch: 3,
        claims_version: 4,
    };

    #[test]
    fn every_way_and_every_state() {
        let states = [
            (GOOD, Ok(()), Ok(())),
            (Standing { locked: true, ..GOOD }, Err(Barred::Locked), Err(Barred::Locked)),
            (Standing { active: false, ..GOOD }, Err(Barred::Disabled), Err(Barred::Disabled)),
            (Standing { mfa_enabled: true, ..GOOD }, Err(Barred::SecondFactorOwed), Ok(())),
            (Standing { must_change_password: true, ..GOOD }, Err(Barred::PasswordChangeOwed), Ok(())),
        ];
        for (standing, by_password, by_refresh) in states {
            assert_eq!(may_issue_tokens(&standing, How::Password).map(drop), by_password, "{standing:?}");
            assert_eq!(may_issue_tokens(&standing, How::Refresh).map(drop), by_refresh, "{standing:?}");
        }
        assert_eq!(may_issue_to_client(Uuid::nil(), false).map(drop), Err(Barred::ClientDisabled));
    }

    #[test]
    fn a_permit_carries_the_counters_it_was_given_for() {
        let permit = may_issue_tokens(&GOOD, How::Refresh).unwrap();
        assert_eq!(permit.subject(), Subject::User { id: Uuid::nil(), auth_epoch: 3, claims_version: 4 });
    }
}
