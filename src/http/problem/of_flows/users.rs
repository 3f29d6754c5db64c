//! What administrators do to accounts, sessions and invitations.

use super::super::Problem;
use super::roles::last_administrator;
use super::{conflict, weak_password};
use crate::flows::admin::change_user::ChangeUserError;
use crate::flows::admin::create_user::CreateUserError;
use crate::flows::admin::delete_user::DeleteUserError;
use crate::flows::admin::end_sessions::EndSessionsError;
use crate::flows::admin::give_password::GivePasswordError;
use crate::flows::admin::invitations::WithdrawError;
use crate::flows::admin::lock_user::LockUserError;
use crate::flows::admin::user_mfa::UserMfaError;
use crate::flows::admin::user_sessions::UserSessionError;
use crate::flows::admin::users::FindUserError;
use crate::flows::invite::InviteError;

impl From<FindUserError> for Problem {
    fn from(error: FindUserError) -> Self {
        match error {
            FindUserError::NoSuchUser => Self::not_found(),
            FindUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<CreateUserError> for Problem {
    fn from(error: CreateUserError) -> Self {
        match error {
            CreateUserError::WeakPassword(weaknesses) => weak_password("/password", &weaknesses),
            CreateUserError::EmailTaken => conflict("email_taken", "The e-mail address is taken"),
            CreateUserError::UsernameTaken => conflict("username_taken", "The username is taken"),
            CreateUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ChangeUserError> for Problem {
    fn from(error: ChangeUserError) -> Self {
        match error {
            ChangeUserError::NoSuchUser => Self::not_found(),
            ChangeUserError::NoEmail => conflict("no_email", "The account has no e-mail address"),
            ChangeUserError::LastAdministrator => last_administrator(),
            ChangeUserError::PreconditionFailed => Self::precondition_failed(),
            ChangeUserError::Above(above) => above.into(),
            ChangeUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<DeleteUserError> for Problem {
    fn from(error: DeleteUserError) -> Self {
        match error {
            DeleteUserError::NoSuchUser => Self::not_found(),
            DeleteUserError::LastAdministrator => last_administrator(),
            DeleteUserError::PreconditionFailed => Self::precondition_failed(),
            DeleteUserError::Above(above) => above.into(),
            DeleteUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<LockUserError> for Problem {
    fn from(error: LockUserError) -> Self {
        match error {
            LockUserError::NoSuchUser => Self::not_found(),
            LockUserError::LastAdministrator => last_administrator(),
            LockUserError::Above(above) => above.into(),
            LockUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<GivePasswordError> for Problem {
    fn from(error: GivePasswordError) -> Self {
        match error {
            GivePasswordError::NoSuchUser => Self::not_found(),
            GivePasswordError::NoPassword => conflict("no_password", "The account has no password"),
            GivePasswordError::WeakPassword(weaknesses) => weak_password("/new_password", &weaknesses),
            GivePasswordError::Above(above) => above.into(),
            GivePasswordError::Cause(cause) => cause.into(),
        }
    }
}

impl From<UserSessionError> for Problem {
    fn from(error: UserSessionError) -> Self {
        match error {
            UserSessionError::NotThere => Self::not_found(),
            UserSessionError::Above(above) => above.into(),
            UserSessionError::Cause(cause) => cause.into(),
        }
    }
}

impl From<EndSessionsError> for Problem {
    fn from(error: EndSessionsError) -> Self {
        match error {
            EndSessionsError::Above(above) => above.into(),
            EndSessionsError::Cause(cause) => cause.into(),
        }
    }
}

impl From<UserMfaError> for Problem {
    fn from(error: UserMfaError) -> Self {
        match error {
            UserMfaError::NoSuchUser => Self::not_found(),
            UserMfaError::Above(above) => above.into(),
            UserMfaError::Cause(cause) => cause.into(),
        }
    }
}

impl From<InviteError> for Problem {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::EmailTaken => conflict("email_taken", "The e-mail address is taken"),
            InviteError::Cause(cause) => cause.into(),
        }
    }
}

impl From<WithdrawError> for Problem {
    fn from(error: WithdrawError) -> Self {
        match error {
            WithdrawError::NoSuchInvitation => Self::not_found(),
            WithdrawError::Cause(cause) => cause.into(),
        }
    }
}
