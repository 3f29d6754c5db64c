//! An administrator, made at the terminal by whoever may write the database.

use std::time::Duration;

use uuid::Uuid;

use super::cause::Cause;
use super::new_password::{About, NewPasswordError, Rule};
use crate::actors::database::DatabaseDoor;
use crate::actors::hasher::HasherDoor;
use crate::domain::account::NewAccount;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::clock::{Deadline, Timestamp};
use crate::domain::email::Email;
use crate::domain::password::{NewPassword, PasswordPolicy, Weakness};
use crate::domain::role::ADMIN;
use crate::domain::username::{Identifier, Username};
use crate::store::administrators::Promote;
use crate::store::audited::audited;
use crate::store::users::{CreateUser, Created, FindCredentials};

#[derive(Debug)]
pub struct NewAdministrator {
    pub username: Option<Username>,
    pub email: Option<Email>,
    pub password: Option<NewPassword>,
    pub created_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdministratorCreated {
    Made(Uuid),
    /// The account was there and has the role now.
    Promoted(Uuid),
    /// The account was there and had the role.
    WasOne(Uuid),
}

#[derive(Debug, thiserror::Error)]
pub enum CreateAdministratorError {
    #[error("an administrator needs a username or an e-mail address")]
    NameMissing,
    #[error("a new account needs a password")]
    PasswordMissing,
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    #[error("the username and the e-mail address belong to two different accounts, or one of them to another")]
    NamesOfTwo,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Idempotent: an account that exists is given the role and keeps its password.
///
/// # Errors
/// [`CreateAdministratorError`].
pub async fn create_administrator(
    database: &DatabaseDoor,
    hasher: &HasherDoor,
    policy: &PasswordPolicy,
    access_ttl: Duration,
    new: NewAdministrator,
    deadline: Deadline,
) -> Result<AdministratorCreated, CreateAdministratorError> {
    let names = [new.email.clone().map(Identifier::Email), new.username.clone().map(Identifier::Username)];
    let mut holders = Vec::new();
    for name in names.into_iter().flatten() {
        let found = database.run(FindCredentials(name), deadline).await.map_err(Cause::from)?;
        holders.push(found.map(|row| row.user.standing().user_id));
    }
    match holders.as_slice() {
        [] => return Err(CreateAdministratorError::NameMissing),
        [first, rest @ ..] if rest.iter().any(|holder| holder != first) => {
            return Err(CreateAdministratorError::NamesOfTwo);
        }
        [Some(user_id), ..] => {
            let granted = granted(*user_id);
            let promote = audited(Promote { user_id: *user_id, access_ttl }, move |new| new.then(|| granted.clone()));
            let is_new = database.run(promote, deadline).await.map_err(Cause::from)?;
            return Ok(if is_new {
                AdministratorCreated::Promoted(*user_id)
            } else {
                AdministratorCreated::WasOne(*user_id)
            });
        }
        [None, ..] => {}
    }
    let password = new.password.ok_or(CreateAdministratorError::PasswordMissing)?;
    let about = About {
        email: new.email.as_ref().map(Email::as_entered),
        username: new.username.as_ref().map(Username::as_entered),
        ..About::default()
    };
    let rule = Rule { policy, database, hasher, deadline };
    let accepted = rule.accept(password, &about).await?;
    let password_hash = rule.hash(accepted).await?;
    let id = Uuid::now_v7();
    // Whoever may write the database says whose address it is; without that word an installation that demands verified
    // addresses would let its first administrator in only once its mail works.
    let email_verified_at = new.email.as_ref().map(|_| new.created_at);
    let account = NewAccount {
        id,
        email: new.email,
        username: new.username,
        hashed_password: Some(password_hash),
        display_name: None,
        metadata: None,
        email_verified_at,
        created_at: new.created_at,
    };
    let events = [operators(Action::UserCreated).about(id).with("by", "create-admin"), granted(id)];
    let create = audited(CreateUser { account, role: ADMIN.name }, move |created| {
        if *created == Created::Yes { events.to_vec() } else { Vec::new() }
    });
    match database.run(create, deadline).await.map_err(Cause::from)? {
        Created::Yes => Ok(AdministratorCreated::Made(id)),
        Created::EmailTaken | Created::UsernameTaken => Err(CreateAdministratorError::NamesOfTwo),
    }
}

/// On the command line there is no node.
fn operators(action: Action) -> NewEvent {
    NewEvent::new(Uuid::nil(), action, Actor::OPERATOR)
}

fn granted(user_id: Uuid) -> NewEvent {
    operators(Action::RoleGranted).about(user_id).with("role", ADMIN.name)
}

impl From<NewPasswordError> for CreateAdministratorError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}
