//! What the flows' refusals are in HTTP. Exhaustive on purpose: a new variant must be given its status here.
//!
//! A file for each part of the business; the constructors that they share stand here. Nothing is decided: a flow has
//! said what happened, and this says with which status and `code`.

mod machines;
mod mail;
mod mfa;
mod own_account;
mod passwords;
mod providers;
mod roles;
mod throttle;
mod users;

use std::time::Duration;

use actix_web::http::StatusCode;

use super::{FieldError, OAuthError, Problem};
use crate::domain::password::Weakness;
use crate::flows::authenticate::AuthenticateError;
use crate::flows::cause::Cause;
use crate::flows::change_profile::ChangeProfileError;
use crate::flows::client_sign_in::ClientError;
use crate::flows::refresh::RefreshError;
use crate::flows::register::RegisterError;
use crate::flows::revoke_token::RevokeError;
use crate::flows::set_up::SetUpError;
use crate::flows::sign_in::SignInError;
use crate::flows::view_account::ViewError;

/// By then a full hasher has worked off what it predicted (two seconds).
const COME_BACK_AFTER: Duration = Duration::from_secs(2);

impl From<Cause> for Problem {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Overloaded(_) => Self::overloaded(COME_BACK_AFTER).caused_by(cause),
            Cause::DatabaseAway(cause) => Self::database_unavailable(cause),
            Cause::Closing => Self::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", "This node is shutting down"),
            Cause::Defect(cause) => Self::internal(cause),
        }
    }
}

impl From<AuthenticateError> for Problem {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::Invalid => Self::invalid_token(),
            AuthenticateError::SessionEnded => unauthorized("session_revoked", "The session has ended"),
            AuthenticateError::Stale(_) => unauthorized("token_stale", "The holder's roles have changed")
                .detail("refresh the session to get a token that says so"),
            AuthenticateError::NotAPerson => Self::permission_denied(),
            AuthenticateError::Cause(cause) => cause.into(),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::InvalidCredentials => unauthorized("invalid_credentials", "The credentials are not valid"),
            SignInError::EmailUnverified => forbidden("email_not_verified", "The e-mail address is not verified"),
            SignInError::TooMany(too_many) => too_many.into(),
            SignInError::Cause(cause) => cause.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => unauthorized("invalid_refresh_token", "The refresh token is not valid"),
            RefreshError::Reused => unauthorized("refresh_token_reused", "The refresh token was used before"),
            RefreshError::SessionRevoked => unauthorized("session_revoked", "The session has ended"),
            RefreshError::SessionExpired => unauthorized("session_expired", "The session has expired"),
            RefreshError::Cause(cause) => cause.into(),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Closed => forbidden("registration_closed", "Registration is closed"),
            RegisterError::InvitationForAnother => forbidden("registration_closed", "Registration is closed")
                .detail("the invitation is for another e-mail address"),
            RegisterError::InvitationSpent => mail::token_spent(),
            RegisterError::WeakPassword(weaknesses) => weak_password("/password", &weaknesses),
            RegisterError::EmailTaken => conflict("email_taken", "The e-mail address is taken"),
            RegisterError::UsernameTaken => conflict("username_taken", "The username is taken"),
            RegisterError::Cause(cause) => cause.into(),
        }
    }
}

impl From<SetUpError> for Problem {
    fn from(error: SetUpError) -> Self {
        match error {
            SetUpError::TokenSpent => mail::token_spent(),
            SetUpError::WeakPassword(weaknesses) => weak_password("/password", &weaknesses),
            SetUpError::EmailTaken => conflict("email_taken", "The e-mail address is taken"),
            SetUpError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::NoSuchAccount => Self::invalid_token(),
            ViewError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ChangeProfileError> for Problem {
    fn from(error: ChangeProfileError) -> Self {
        match error {
            ChangeProfileError::UsernameTaken => conflict("username_taken", "The username is taken"),
            ChangeProfileError::UsernameNeeded => Self::invalid_input([FieldError::new(
                "/username",
                "invalid_value",
                "an account without an e-mail address needs its username",
            )]),
            ChangeProfileError::NoSuchAccount => Self::invalid_token(),
            ChangeProfileError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ClientError> for OAuthError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::InvalidClient => Self::invalid_client(),
            ClientError::InvalidScope => Self::invalid_scope("the client has not got all of this scope"),
            ClientError::Cause(cause) => Problem::from(cause).into(),
        }
    }
}

impl From<RefreshError> for OAuthError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid
            | RefreshError::Reused
            | RefreshError::SessionRevoked
            | RefreshError::SessionExpired => Self::invalid_grant(error.to_string()),
            RefreshError::Cause(cause) => Problem::from(cause).into(),
        }
    }
}

impl From<RevokeError> for OAuthError {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::Client(error) => error.into(),
            RevokeError::UnsupportedTokenType => Self::unsupported_token_type(),
        }
    }
}

impl Problem {
    /// Understood, but not acceptable: 422 with each field that is meant.
    pub fn invalid_input(errors: impl IntoIterator<Item = FieldError>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", "Some fields are not acceptable").errors(errors)
    }

    /// Not to be sent requests now; each reason with who has it.
    pub fn not_ready(errors: impl IntoIterator<Item = FieldError>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "This node is not ready").errors(errors)
    }
}

/// `pointer`: where in the body the password stood.
fn weak_password(pointer: &str, weaknesses: &[Weakness]) -> Problem {
    let reasons = weaknesses.iter().map(|weakness| FieldError::new(pointer, weakness.code(), weakness.to_string()));
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "weak_password", "The password is too weak").errors(reasons)
}

fn unauthorized(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, title)
}

fn forbidden(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, code, title)
}

fn conflict(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, title)
}
