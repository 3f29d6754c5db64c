//! Refusals of what is done by a token that was mailed.

use actix_web::http::StatusCode;

use super::super::Problem;
use super::{conflict, weak_password};
use crate::flows::change_email::{ChangeEmailError, ConfirmEmailError};
use crate::flows::reset_password::ResetPasswordError;
use crate::flows::verify_email::VerifyEmailError;

impl From<VerifyEmailError> for Problem {
    fn from(error: VerifyEmailError) -> Self {
        match error {
            VerifyEmailError::TokenSpent => token_spent(),
            VerifyEmailError::UsernameTaken => conflict("username_taken", "The username is taken"),
            VerifyEmailError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ChangeEmailError> for Problem {
    fn from(error: ChangeEmailError) -> Self {
        match error {
            ChangeEmailError::NoSuchAccount => Self::invalid_token(),
            ChangeEmailError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ConfirmEmailError> for Problem {
    fn from(error: ConfirmEmailError) -> Self {
        match error {
            ConfirmEmailError::TokenSpent => token_spent(),
            ConfirmEmailError::EmailTaken => conflict("email_taken", "The e-mail address is taken"),
            ConfirmEmailError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ResetPasswordError> for Problem {
    fn from(error: ResetPasswordError) -> Self {
        match error {
            ResetPasswordError::TokenSpent => token_spent(),
            ResetPasswordError::WeakPassword(weaknesses) => weak_password("/new_password", &weaknesses),
            ResetPasswordError::Cause(cause) => cause.into(),
        }
    }
}

/// One answer for a token that is spent, has expired, or never was one.
pub(super) fn token_spent() -> Problem {
    Problem::new(StatusCode::GONE, "token_spent", "The token is spent or has expired")
}
