//! An account that somebody else makes.

use uuid::Uuid;

use super::by::By;
use crate::domain::account::NewAccount;
use crate::domain::audit_event::Action;
use crate::domain::email::Email;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::role::USER;
use crate::domain::user_record::UserRecord;
use crate::domain::username::Username;
use crate::flows::cause::Cause;
use crate::flows::new_password::{self, About, NewPasswordError};
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::user_changes::MakeUser;
use crate::store::users::{Created, WhoHolds};

/// At least one of address and username, or nobody can say who they are.
#[derive(Debug)]
pub struct NewUser {
    pub email: Option<Email>,
    pub username: Option<Username>,
    /// `None`: its owner sets one by the mail for forgotten ones, or comes through a provider.
    pub password: Option<NewPassword>,
    pub display_name: Option<DisplayName>,
    pub metadata: Option<Metadata>,
    /// Whoever makes the account knows whose the address is.
    pub email_verified: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Also where registration is closed. A password is temporary: it was somebody else's choice.
///
/// # Errors
/// [`CreateUserError`]; whoever may make accounts may know who has one.
pub async fn create_user(
    context: &Context,
    visit: &Visit,
    by: &By,
    new: NewUser,
) -> Result<UserRecord, CreateUserError> {
    let (database, id) = (&context.house.database, Uuid::now_v7());
    let who_holds = WhoHolds { id, email: new.email.clone(), username: new.username.clone() };
    refuse_taken(database.run(who_holds, visit.deadline).await.map_err(Cause::from)?)?;
    let about = About {
        email: new.email.as_ref().map(Email::as_entered),
        username: new.username.as_ref().map(Username::as_entered),
        display_name: new.display_name.as_ref().map(DisplayName::as_str),
        holder: None,
    };
    let hashed_password = match new.password {
        Some(password) => {
            let accepted = new_password::check(context, visit, password, &about).await?;
            Some(new_password::hash(context, visit, accepted).await?)
        }
        None => None,
    };
    let now = context.house.clock.now();
    let account = NewAccount {
        id,
        email_verified_at: new.email.as_ref().filter(|_| new.email_verified).map(|_| now),
        email: new.email,
        username: new.username,
        hashed_password,
        display_name: new.display_name,
        metadata: new.metadata,
        created_at: now,
    };
    let has_password = account.hashed_password.is_some();
    let record = UserRecord {
        account: account.as_made(),
        locked_at: None,
        must_change_password: has_password,
        password_changed_at: has_password.then_some(now),
        roles: vec![USER.name.to_owned()],
    };
    let event = visit.event(Action::UserCreated, by.actor()).about(id);
    let unit = MakeUser { account, must_change_password: has_password };
    let unit = audited(unit, move |created| (*created == Created::Yes).then(|| event.clone()));
    refuse_taken(database.run(unit, visit.deadline).await.map_err(Cause::from)?)?;
    tracing::info!(event = "account_created", user_id = %id, %by);
    Ok(record)
}

fn refuse_taken(created: Created) -> Result<(), CreateUserError> {
    match created {
        Created::Yes => Ok(()),
        Created::EmailTaken => Err(CreateUserError::EmailTaken),
        Created::UsernameTaken => Err(CreateUserError::UsernameTaken),
    }
}

impl From<NewPasswordError> for CreateUserError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Weak(weaknesses) => Self::WeakPassword(weaknesses),
            NewPasswordError::Cause(cause) => Self::Cause(cause),
        }
    }
}
