//! Signing in with a password.

use secrecy::{ExposeSecret, SecretString};

use super::cause::Cause;
use super::entering::{Entrance, NoEntrance, Shown, SignedIn, entrance};
use super::given_password::verify;
use super::rehash::rehash;
use super::throttle::{Subject, ThrottleError, admit};
use super::trail::{Entered, note, sign_in_failed};
use super::{Context, Visit};
use crate::actors::hasher::Verdict;
use crate::domain::audit_event::NewEvent;
use crate::domain::device_token::DeviceToken;
use crate::domain::password::GivenPassword;
use crate::domain::session::AMR_PASSWORD;
use crate::domain::standing::{Barred, How, Standing};
use crate::domain::throttle::TooManyAttempts;
use crate::domain::username::{Claim, Identifier};
use crate::store::audited::audited;
use crate::store::entries::Enter;
use crate::store::sessions::Opened;
use crate::store::users::{CredentialsRow, FindCredentials};

#[derive(Debug)]
pub struct SignIn {
    pub claim: Claim,
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
/// [`SignInError`]. Whatever the account is like, the password is hashed once, so that time tells nothing of it. All that
/// is answered with invalid credentials counts as a failure, so that the throttle tells nothing either.
pub async fn sign_in(context: &Context, visit: &Visit, input: SignIn) -> Result<SignedIn, SignInError> {
    // In a storm most are refused: before the database was asked for who they are, and whoever they are.
    context.house.hasher.look().map_err(Cause::from)?;
    let SignIn { claim, password, device_token } = input;
    let device = device_token.and_then(|token| context.house.issuer.open_device_token(token.expose_secret()));
    let found = match &claim {
        Claim::Name(identifier) => {
            let find = FindCredentials(identifier.clone());
            context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?
        }
        Claim::Nobody { .. } => None,
    };
    let standing = found.as_ref().map(|row| row.user.standing());
    let known_device = standing.as_ref().zip(device).is_some_and(|(standing, device)| is_known(standing, device));
    let subject = match &standing {
        Some(standing) => Subject::account(standing.user_id, known_device),
        None => Subject::unknown(&claim),
    };
    let about = standing.as_ref().map(|standing| standing.user_id);
    let failed = |cause| named(sign_in_failed(visit, about, AMR_PASSWORD, cause), &claim);
    let admission = admit(context, visit, &subject).await?;
    match check(context, visit, password, found, known_device).await {
        Ok(signed_in) => Ok(signed_in),
        Err(Failure::Invalid(cause)) => {
            admission.failed(context, visit, failed(cause)).await?;
            Err(SignInError::InvalidCredentials)
        }
        Err(Failure::EmailUnverified) => {
            note(context, visit, failed(Barred::EmailUnverified.word())).await?;
            Err(SignInError::EmailUnverified)
        }
        Err(Failure::Cause(cause)) => Err(cause.into()),
    }
}

/// What is neither an address nor somebody's name stays out of the trail: it may be a password, typed in the wrong place.
fn named(event: NewEvent, claim: &Claim) -> NewEvent {
    match claim {
        Claim::Name(Identifier::Email(email)) => event.identifier(email.key()),
        Claim::Name(Identifier::Username(name)) if event.subject_id.is_some() => event.identifier(name.key()),
        Claim::Name(Identifier::Username(_)) | Claim::Nobody { .. } => event,
    }
}

/// Why nobody is in.
enum Failure {
    /// One answer, whatever the cause; which it was stands in the audit trail.
    Invalid(&'static str),
    EmailUnverified,
    Cause(Cause),
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

/// A device token is bound to its user and to the user's epoch.
pub(super) fn is_known(standing: &Standing, device: DeviceToken) -> bool {
    device.user == standing.user_id && device.epoch == standing.auth_epoch
}

async fn check(
    context: &Context,
    visit: &Visit,
    password: GivenPassword,
    found: Option<CredentialsRow>,
    known_device: bool,
) -> Result<SignedIn, Failure> {
    let stored = found.as_ref().and_then(|row| row.hashed_password.as_deref());
    let verdict = verify(context, visit, &password, stored).await?;
    let cause = match (&found, stored) {
        (None, _) => "unknown",
        (Some(_), None) => "no_password",
        (Some(_), Some(_)) => "wrong_password",
    };
    let (Some(row), Verdict::Right { outdated }) = (found, verdict) else {
        tracing::info!(event = "sign_in", outcome = "invalid_credentials");
        return Err(Failure::Invalid(cause));
    };
    let standing = row.user.standing();
    let (user_id, auth_epoch) = (standing.user_id, standing.auth_epoch);
    let shown = Shown { amr: AMR_PASSWORD.to_owned(), known_device, second_factor: false, auth_epoch };
    let Entrance { entry, beyond } = entrance(context, visit, &row.user, How::Password, shown)?;
    let entered = Entered::of(visit, user_id, &entry);
    let enter = audited(Enter(entry), move |opened| match opened {
        Opened::Yes(ended) => entered.events(ended),
        Opened::Refused => Vec::new(),
    });
    let ended = match context.house.database.run(enter, visit.deadline).await.map_err(Cause::from)? {
        Opened::Yes(ended) => ended,
        // Locked, disabled, or signed out everywhere while the password was being hashed.
        Opened::Refused => return Err(Failure::Invalid("changed_meanwhile")),
    };
    let signed_in = beyond.reach(context, visit, &ended).await?;
    tracing::info!(event = "sign_in", outcome = signed_in.word(), %user_id);
    // One that is about to be replaced is not worth it.
    if outdated
        && !matches!(signed_in, SignedIn::PasswordChangeOwed(_))
        && let Some(stored) = row.hashed_password
    {
        rehash(context, user_id, password, stored);
    }
    Ok(signed_in)
}

impl From<ThrottleError> for SignInError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::TooMany(too_many) => Self::TooMany(too_many),
            ThrottleError::Cause(cause) => Self::Cause(cause),
        }
    }
}

impl From<NoEntrance> for Failure {
    fn from(no: NoEntrance) -> Self {
        match no {
            NoEntrance::Refused(barred) => {
                tracing::info!(event = "sign_in", outcome = %barred);
                Self::Invalid(barred.word())
            }
            NoEntrance::EmailUnverified => Self::EmailUnverified,
            NoEntrance::Cause(cause) => Self::Cause(cause),
        }
    }
}
