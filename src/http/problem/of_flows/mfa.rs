//! Second factors, and showing a factor once more.

use actix_web::http::StatusCode;

use super::super::Problem;
use super::{conflict, forbidden, mail, unauthorized};
use crate::flows::complete_mfa::CompleteMfaError;
use crate::flows::reauthenticate::ReauthenticateError;
use crate::flows::second_factor::MfaError;

impl From<MfaError> for Problem {
    fn from(error: MfaError) -> Self {
        match error {
            MfaError::AlreadyEnabled => conflict("mfa_already_enabled", "A second factor is on already"),
            MfaError::NotPending => conflict("mfa_not_pending", "No second factor waits to be confirmed"),
            MfaError::NotEnabled => mfa_not_enabled(),
            MfaError::InvalidCode => invalid_code(),
            MfaError::NoSuchAccount => Self::invalid_token(),
            MfaError::TooMany(too_many) => too_many.into(),
            MfaError::Cause(cause) => cause.into(),
        }
    }
}

impl From<CompleteMfaError> for Problem {
    fn from(error: CompleteMfaError) -> Self {
        match error {
            CompleteMfaError::ChallengeSpent => challenge_spent(),
            CompleteMfaError::InvalidCode => invalid_code(),
            CompleteMfaError::EmailUnverified => forbidden("email_not_verified", "The e-mail address is not verified"),
            CompleteMfaError::TooMany(too_many) => too_many.into(),
            CompleteMfaError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ReauthenticateError> for Problem {
    fn from(error: ReauthenticateError) -> Self {
        match error {
            ReauthenticateError::InvalidCredentials => {
                unauthorized("invalid_credentials", "The credentials are not valid")
            }
            ReauthenticateError::InvalidCode => invalid_code(),
            ReauthenticateError::MfaNotEnabled => mfa_not_enabled(),
            ReauthenticateError::TicketSpent => mail::token_spent(),
            ReauthenticateError::SessionRevoked => unauthorized("session_revoked", "The session has ended"),
            ReauthenticateError::SessionExpired => unauthorized("session_expired", "The session has expired"),
            ReauthenticateError::TooMany(too_many) => too_many.into(),
            ReauthenticateError::Cause(cause) => cause.into(),
        }
    }
}

/// For every challenge, whatever it asks for.
pub(super) fn challenge_spent() -> Problem {
    Problem::new(StatusCode::GONE, "challenge_spent", "The challenge is spent or has expired")
        .detail("sign in again to get another one")
}

fn invalid_code() -> Problem {
    unauthorized("invalid_code", "The code is not valid")
}

fn mfa_not_enabled() -> Problem {
    conflict("mfa_not_enabled", "No second factor is on")
}
