//! Changing a password.

use actix_web::http::StatusCode;

use super::super::Problem;
use super::{conflict, forbidden, unauthorized, weak_password};
use crate::flows::change_password::ChangePasswordError;
use crate::flows::complete_password_change::CompletePasswordChangeError;

/// Where the new password stands in the bodies that hold one beside another.
const NEW_PASSWORD: &str = "/new_password";

impl From<ChangePasswordError> for Problem {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::InvalidCredentials => {
                unauthorized("invalid_credentials", "The credentials are not valid")
            }
            ChangePasswordError::NoPassword => conflict("no_password", "The account has no password"),
            ChangePasswordError::WeakPassword(weaknesses) => weak_password(NEW_PASSWORD, &weaknesses),
            ChangePasswordError::Overtaken => conflict("overtaken", "The account was changed meanwhile"),
            ChangePasswordError::NoSuchAccount => Self::invalid_token(),
            ChangePasswordError::TooMany(too_many) => too_many.into(),
            ChangePasswordError::Cause(cause) => cause.into(),
        }
    }
}

impl From<CompletePasswordChangeError> for Problem {
    fn from(error: CompletePasswordChangeError) -> Self {
        match error {
            CompletePasswordChangeError::ChallengeSpent => {
                Self::new(StatusCode::GONE, "challenge_spent", "The challenge is spent or has expired")
            }
            CompletePasswordChangeError::WeakPassword(weaknesses) => weak_password(NEW_PASSWORD, &weaknesses),
            CompletePasswordChangeError::EmailUnverified => {
                forbidden("email_not_verified", "The e-mail address is not verified")
            }
            CompletePasswordChangeError::Cause(cause) => cause.into(),
        }
    }
}
