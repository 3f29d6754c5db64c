//! Signing in with a password.

use secrecy::{ExposeSecret, SecretString};

use super::cause::Cause;
use super::entering::{Entrance, NoEntrance, Shown, SignedIn, entrance};
use super::given_password::verify;
use super::rehash::rehash;
use super::throttle::ThrottleError;
use super::{Context, Visit};
use crate::actors::hasher::Verdict;
use crate::domain::password::GivenPassword;
use crate::domain::session::AMR_PASSWORD;
use crate::domain::standing::{How, Standing};
use crate::domain::throttle::TooManyAttempts;
use crate::domain::username::Identifier;
use crate::store::entries::Enter;
use crate::store::sessions::Opened;
use crate::store::users::FindCredentials;

#[derive(Debug)]
pub struct SignIn {
    /// `None`: what was given can be nobody's name. It costs the same as an unknown account.
    pub identifier: Option<Identifier>,
    pub password: GivenPassword,
    /// From an earlier sign-in, on this device.
    pub device_token: Option<SecretString>,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// One answer for an unknown account, a wrong password, a locked and a disabled account.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// Said only to somebody who has shown the right password.
    #[error("the e-mail address is not verified")]
    EmailUnverified,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Checks the password, then the gate, then begins a session or says what is still owed.
///
/// # Errors
/// [`SignInError`]. Whatever the account is like, the password is hashed once, so that time tells nothing of it.
pub async fn sign_in(context: &Context, visit: &Visit, input: SignIn) -> Result<SignedIn, SignInError> {
    let found = match input.identifier {
        Some(identifier) => {
            context.house.database.run(FindCredentials(identifier), visit.deadline).await.map_err(Cause::from)?
        }
        None => None,
    };
    let stored = found.as_ref().and_then(|row| row.hashed_password.as_deref());
    let verdict = verify(context, visit, &input.password, stored).await?;
    let (Some(row), Verdict::Right { outdated }) = (found, verdict) else {
        tracing::info!(event = "sign_in", outcome = "invalid_credentials");
        return Err(SignInError::InvalidCredentials);
    };
    let standing = row.user.standing();
    let shown = Shown {
        amr: AMR_PASSWORD.to_owned(),
        known_device: is_known_device(context, &standing, input.device_token.as_ref()),
        second_factor: false,
        auth_epoch: standing.auth_epoch,
    };
    let user_id = standing.user_id;
    let Entrance { entry, beyond } = entrance(context, visit, &row.user, How::Password, shown)?;
    let ended = match context.house.database.run(Enter(entry), visit.deadline).await.map_err(Cause::from)? {
        Opened::Yes(ended) => ended,
        // Locked, disabled, or signed out everywhere while the password was being hashed.
        Opened::Refused => return Err(SignInError::InvalidCredentials),
    };
    let signed_in = beyond.reach(context, visit, &ended).await?;
    tracing::info!(event = "sign_in", outcome = signed_in.word(), %user_id);
    // One that is about to be replaced is not worth it.
    if outdated
        && !matches!(signed_in, SignedIn::PasswordChangeOwed(_))
        && let Some(stored) = row.hashed_password
    {
        rehash(context, user_id, input.password, stored);
    }
    Ok(signed_in)
}

/// A device token is bound to its user and to the user's epoch.
fn is_known_device(context: &Context, standing: &Standing, token: Option<&SecretString>) -> bool {
    let opened = token.and_then(|token| context.house.issuer.open_device_token(token.expose_secret()));
    opened.is_some_and(|device| device.user == standing.user_id && device.epoch == standing.auth_epoch)
}

impl From<ThrottleError> for SignInError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::TooMany(too_many) => Self::TooMany(too_many),
            ThrottleError::Cause(cause) => Self::Cause(cause),
        }
    }
}

impl From<NoEntrance> for SignInError {
    fn from(no: NoEntrance) -> Self {
        match no {
            NoEntrance::Refused(barred) => {
                tracing::info!(event = "sign_in", outcome = %barred);
                Self::InvalidCredentials
            }
            NoEntrance::EmailUnverified => Self::EmailUnverified,
            NoEntrance::Cause(cause) => Self::Cause(cause),
        }
    }
}
