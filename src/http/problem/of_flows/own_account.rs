//! One's own sessions, and one's own account as a whole.

use super::super::Problem;
use crate::flows::own_sessions::OwnSessionError;

impl From<OwnSessionError> for Problem {
    fn from(error: OwnSessionError) -> Self {
        match error {
            OwnSessionError::NoSuchSession => Self::not_found(),
            OwnSessionError::Cause(cause) => cause.into(),
        }
    }
}
