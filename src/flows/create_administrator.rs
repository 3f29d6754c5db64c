//! An administrator, made at the terminal by whoever may write the database.

use uuid::Uuid;

use super::cause::Cause;
use super::holder::{Holder, holder_of};
use super::new_password::{self, About, NewPasswordError};
use super::{Context, Visit};
use crate::domain::account::NewAccount;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::email::Email;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::role::ADMIN;
use crate::domain::username::Username;
use crate::store::administrators::Promote;
use crate::store::audited::audited;
use crate::store::users::{CreateUser, Created};

#[derive(Debug)]
pub struct NewAdministrator {
    pub username: Option<Username>,
    pub email: Option<Email>,
    pub password: Option<NewPassword>,
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
    context: &Context,
    visit: &Visit,
    new: NewAdministrator,
) -> Result<AdministratorCreated, CreateAdministratorError> {
    match holder_of(context, visit, new.email.as_ref(), new.username.as_ref()).await? {
        Holder::Nameless => return Err(CreateAdministratorError::NameMissing),
        Holder::Several => return Err(CreateAdministratorError::NamesOfTwo),
        Holder::One(user_id) => return Ok(promote(context, visit, user_id).await?),
        Holder::Nobody => {}
    }
    let password = new.password.ok_or(CreateAdministratorError::PasswordMissing)?;
    let about = About {
        email: new.email.as_ref().map(Email::as_entered),
        username: new.username.as_ref().map(Username::as_entered),
        ..About::default()
    };
    let accepted = new_password::check(context, visit, password, &about).await?;
    let hashed = new_password::hash(context, visit, accepted).await?;
    let (id, now) = (Uuid::now_v7(), context.house.clock.now());
    // Whoever may write the database says whose address it is; without that word an installation that demands verified
    // addresses would let its first administrator in only once its mail works.
    let email_verified_at = new.email.as_ref().map(|_| now);
    let account = NewAccount {
        id,
        email: new.email,
        username: new.username,
        hashed_password: Some(hashed),
        display_name: None,
        metadata: None,
        email_verified_at,
        created_at: now,
    };
    let events =
        [visit.event(Action::UserCreated, Actor::OPERATOR).about(id).with("by", "create-admin"), granted(visit, id)];
    let create = audited(CreateUser { account, role: ADMIN.name }, move |created| {
        if *created == Created::Yes { events.to_vec() } else { Vec::new() }
    });
    match context.house.database.run(create, visit.deadline).await.map_err(Cause::from)? {
        Created::Yes => Ok(AdministratorCreated::Made(id)),
        Created::EmailTaken | Created::UsernameTaken => Err(CreateAdministratorError::NamesOfTwo),
    }
}

async fn promote(context: &Context, visit: &Visit, user_id: Uuid) -> Result<AdministratorCreated, Cause> {
    let (granted, access_ttl) = (granted(visit, user_id), context.rules.access_ttl);
    let promote = audited(Promote { user_id, access_ttl }, move |new| new.then(|| granted.clone()));
    let is_new = context.house.database.run(promote, visit.deadline).await?;
    Ok(if is_new { AdministratorCreated::Promoted(user_id) } else { AdministratorCreated::WasOne(user_id) })
}

fn granted(visit: &Visit, user_id: Uuid) -> NewEvent {
    visit.event(Action::RoleGranted, Actor::OPERATOR).about(user_id).with("role", ADMIN.name)
}

impl From<NewPasswordError> for CreateAdministratorError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}
