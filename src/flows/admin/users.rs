//! Looking at accounts.

use uuid::Uuid;

use crate::domain::user_list::{UserPage, UserSearch};
use crate::domain::user_record::UserRecord;
use crate::domain::username::Identifier;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::user_lists::ListUsers;
use crate::store::user_records::FindRecord;
use crate::store::users::FindCredentials;

#[derive(Debug, thiserror::Error)]
pub enum FindUserError {
    #[error("there is no such user")]
    NoSuchUser,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`Cause`].
pub async fn list_users(context: &Context, visit: &Visit, search: UserSearch) -> Result<UserPage, Cause> {
    Ok(context.house.database.run(ListUsers(search), visit.deadline).await?)
}

/// # Errors
/// [`FindUserError`].
pub async fn find_user(context: &Context, visit: &Visit, user_id: Uuid) -> Result<UserRecord, FindUserError> {
    let found = context.house.database.run(FindRecord { user_id }, visit.deadline).await.map_err(Cause::from)?;
    found.ok_or(FindUserError::NoSuchUser)
}

/// By the id, the e-mail address or the username. What can be nobody's name is nobody's.
///
/// # Errors
/// [`FindUserError`].
pub async fn find_user_called(context: &Context, visit: &Visit, called: &str) -> Result<UserRecord, FindUserError> {
    // An id may be somebody's username as well; the id comes first, since nobody chooses one.
    if let Ok(user_id) = Uuid::try_parse(called) {
        match find_user(context, visit, user_id).await {
            Err(FindUserError::NoSuchUser) => {}
            found => return found,
        }
    }
    let identifier = Identifier::parse(called).ok_or(FindUserError::NoSuchUser)?;
    let found = context.house.database.run(FindCredentials(identifier), visit.deadline).await.map_err(Cause::from)?;
    let user_id = found.ok_or(FindUserError::NoSuchUser)?.user.standing().user_id;
    find_user(context, visit, user_id).await
}
