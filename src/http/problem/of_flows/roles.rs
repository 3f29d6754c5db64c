//! Roles, who holds them, and reaching above oneself.

use actix_web::http::StatusCode;

use super::super::Problem;
use super::conflict;
use crate::flows::admin::above::AboveError;
use crate::flows::admin::role_holders::AssignError;
use crate::flows::admin::roles::RoleError;

impl From<AboveError> for Problem {
    fn from(error: AboveError) -> Self {
        match error {
            AboveError::Above => Self::permission_denied().detail("it takes permissions that you do not hold"),
            AboveError::Cause(cause) => cause.into(),
        }
    }
}

impl From<RoleError> for Problem {
    fn from(error: RoleError) -> Self {
        match error {
            RoleError::NoSuchRole => Self::not_found(),
            RoleError::NameTaken => conflict("name_taken", "The name is taken"),
            RoleError::BuiltIn => conflict("built_in", "The role is built in"),
            RoleError::PreconditionFailed => Self::precondition_failed(),
            RoleError::Overtaken => conflict("overtaken", "The role was changed meanwhile"),
            RoleError::InUse => {
                conflict("role_in_use", "Too many hold the role").detail("take it from them first, or empty it")
            }
            RoleError::Above(above) => above.into(),
            RoleError::Cause(cause) => cause.into(),
        }
    }
}

impl From<AssignError> for Problem {
    fn from(error: AssignError) -> Self {
        match error {
            AssignError::NotThere => Self::not_found(),
            AssignError::LastAdministrator => last_administrator(),
            AssignError::Above(above) => above.into(),
            AssignError::Cause(cause) => cause.into(),
        }
    }
}

impl Problem {
    /// It is not, or no longer, what `If-Match` says.
    pub fn precondition_failed() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", "It has changed meanwhile")
            .detail("look at it again, and send its new ETag")
    }
}

/// There is always one administrator who can sign in.
pub(super) fn last_administrator() -> Problem {
    conflict("last_admin", "There would be no administrator left").detail("make another one first")
}
