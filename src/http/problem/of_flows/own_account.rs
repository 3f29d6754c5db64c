//! One's own sessions, and one's own account as a whole.

use super::super::Problem;
use super::roles::last_administrator;
use crate::flows::delete_account::DeleteAccountError;
use crate::flows::own_sessions::OwnSessionError;

impl From<OwnSessionError> for Problem {
    fn from(error: OwnSessionError) -> Self {
        match error {
            OwnSessionError::NoSuchSession => Self::not_found(),
            OwnSessionError::Cause(cause) => cause.into(),
        }
    }
}

impl From<DeleteAccountError> for Problem {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::LastAdministrator => last_administrator(),
            DeleteAccountError::Cause(cause) => cause.into(),
        }
    }
}
