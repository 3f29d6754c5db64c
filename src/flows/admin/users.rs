//! Looking at accounts.

use uuid::Uuid;

use crate::domain::user_list::{UserPage, UserSearch};
use crate::domain::user_record::UserRecord;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::user_lists::ListUsers;
use crate::store::user_records::FindRecord;

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
