//! What administrators' flows refuse, as the command line says it.

use super::exit::{Exit, Failure};
use crate::domain::password::Weakness;
use crate::flows::admin::change_user::ChangeUserError;
use crate::flows::admin::create_user::CreateUserError;
use crate::flows::admin::delete_user::DeleteUserError;
use crate::flows::admin::end_sessions::EndSessionsError;
use crate::flows::admin::give_password::GivePasswordError;
use crate::flows::admin::lock_user::LockUserError;
use crate::flows::admin::provision_user::ProvisionError;
use crate::flows::admin::role_holders::AssignError;
use crate::flows::admin::roles::RoleError;
use crate::flows::admin::user_mfa::UserMfaError;
use crate::flows::admin::user_sessions::UserSessionError;
use crate::flows::admin::users::FindUserError;

const ANOTHER_ADMINISTRATOR: &str = "make another one first: `keystead db create-admin`";

/// Of one that was found a moment ago.
fn gone(text: &str) -> Failure {
    Failure::new(Exit::NotFound, text).hint("`keystead users list` shows who is there")
}

/// One administrator who can sign in always stays.
fn last_administrator(text: &str) -> Failure {
    Failure::new(Exit::Refused, text).hint(ANOTHER_ADMINISTRATOR)
}

/// Each reason, and that there is a way without thinking of a better one.
pub fn too_weak(text: &str, weaknesses: &[Weakness]) -> Failure {
    let reasons: Vec<_> = weaknesses.iter().map(ToString::to_string).collect();
    Failure::new(Exit::Refused, format!("{text}: {}", reasons.join("; ")))
}

impl From<FindUserError> for Failure {
    fn from(error: FindUserError) -> Self {
        match error {
            FindUserError::NoSuchUser => gone(&error.to_string()),
            FindUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<CreateUserError> for Failure {
    fn from(error: CreateUserError) -> Self {
        let text = error.to_string();
        match error {
            CreateUserError::WeakPassword(weaknesses) => {
                too_weak(&text, &weaknesses).hint("--generate makes one that is good enough")
            }
            CreateUserError::EmailTaken | CreateUserError::UsernameTaken => {
                Self::new(Exit::Conflict, text).hint("`keystead users upsert` changes an account that is there already")
            }
            CreateUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ProvisionError> for Failure {
    fn from(error: ProvisionError) -> Self {
        let text = error.to_string();
        match error {
            ProvisionError::Nameless => Self::new(Exit::Mistake, text).hint("say --email, --username or both"),
            ProvisionError::NamesOfTwo => Self::new(Exit::Conflict, text)
                .hint("`keystead users get` shows whose each is; name the account by what it has already"),
            ProvisionError::NoSuchRole(_) => no_such_role(&text),
            ProvisionError::Create(error) => error.into(),
            ProvisionError::Change(error) => error.into(),
            ProvisionError::Assign(error) => error.into(),
            ProvisionError::Find(error) => error.into(),
            ProvisionError::Cause(cause) => cause.into(),
        }
    }
}

impl From<ChangeUserError> for Failure {
    fn from(error: ChangeUserError) -> Self {
        let text = error.to_string();
        match error {
            ChangeUserError::NoSuchUser => gone(&text),
            ChangeUserError::NoEmail => Self::new(Exit::Refused, text).hint("there is nothing to verify"),
            ChangeUserError::LastAdministrator => last_administrator(&text),
            ChangeUserError::PreconditionFailed => Self::new(Exit::Conflict, text),
            ChangeUserError::Above(cause) => cause.into(),
            ChangeUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<LockUserError> for Failure {
    fn from(error: LockUserError) -> Self {
        match error {
            LockUserError::NoSuchUser => gone(&error.to_string()),
            LockUserError::LastAdministrator => last_administrator(&error.to_string()),
            LockUserError::Above(cause) => cause.into(),
            LockUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<DeleteUserError> for Failure {
    fn from(error: DeleteUserError) -> Self {
        match error {
            DeleteUserError::NoSuchUser => gone(&error.to_string()),
            DeleteUserError::LastAdministrator => last_administrator(&error.to_string()),
            DeleteUserError::PreconditionFailed => Self::new(Exit::Conflict, error.to_string())
                .hint("somebody has changed it meanwhile; look at it again: `keystead users get`"),
            DeleteUserError::Above(cause) => cause.into(),
            DeleteUserError::Cause(cause) => cause.into(),
        }
    }
}

impl From<GivePasswordError> for Failure {
    fn from(error: GivePasswordError) -> Self {
        let text = error.to_string();
        match error {
            GivePasswordError::NoSuchUser => gone(&text),
            GivePasswordError::NoPassword => Self::new(Exit::Refused, text)
                .hint("there is none to change; `keystead users set-password` sets a temporary one"),
            GivePasswordError::WeakPassword(weaknesses) => {
                too_weak(&text, &weaknesses).hint("--generate makes one that is good enough")
            }
            GivePasswordError::Above(cause) => cause.into(),
            GivePasswordError::Cause(cause) => cause.into(),
        }
    }
}

fn no_such_role(text: &str) -> Failure {
    Failure::new(Exit::NotFound, text).hint("`keystead roles list` shows them; `keystead roles create` makes one")
}

impl From<RoleError> for Failure {
    fn from(error: RoleError) -> Self {
        let text = error.to_string();
        match error {
            RoleError::NoSuchRole => no_such_role(&text),
            RoleError::NameTaken => {
                Self::new(Exit::Conflict, text).hint("`keystead roles update` changes what it permits")
            }
            RoleError::BuiltIn => Self::new(Exit::Refused, text).hint("it stays as it is; make one of your own"),
            RoleError::PreconditionFailed | RoleError::Overtaken => {
                Self::new(Exit::Conflict, text).hint("look at it again, then try again: `keystead roles list`")
            }
            RoleError::InUse => Self::new(Exit::Refused, text)
                .hint("take it from some of them first: `keystead users list --role ROLE`, `keystead roles revoke`"),
            RoleError::Above(cause) => cause.into(),
            RoleError::Cause(cause) => cause.into(),
        }
    }
}

impl From<AssignError> for Failure {
    fn from(error: AssignError) -> Self {
        match error {
            AssignError::NotThere => no_such_role("there is no such role, or the user is gone"),
            AssignError::LastAdministrator => last_administrator(&error.to_string()),
            AssignError::Above(cause) => cause.into(),
            AssignError::Cause(cause) => cause.into(),
        }
    }
}

impl From<UserMfaError> for Failure {
    fn from(error: UserMfaError) -> Self {
        match error {
            UserMfaError::NoSuchUser => gone(&error.to_string()),
            UserMfaError::Above(cause) => cause.into(),
            UserMfaError::Cause(cause) => cause.into(),
        }
    }
}

impl From<UserSessionError> for Failure {
    fn from(error: UserSessionError) -> Self {
        match error {
            UserSessionError::NotThere => Self::new(Exit::NotFound, error.to_string())
                .hint("`keystead sessions list USER` shows the sessions that live"),
            UserSessionError::Above(cause) => cause.into(),
            UserSessionError::Cause(cause) => cause.into(),
        }
    }
}

impl From<EndSessionsError> for Failure {
    fn from(error: EndSessionsError) -> Self {
        match error {
            EndSessionsError::Above(cause) => cause.into(),
            EndSessionsError::Cause(cause) => cause.into(),
        }
    }
}
