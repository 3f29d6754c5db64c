//! One's own account.

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::account::Account;
use crate::store::users::{FindUser, UserRow};

#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The account was deleted a moment ago, or the token belongs to a service client.
    #[error("there is no such account")]
    NoSuchAccount,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`ViewError`].
pub async fn view_account(context: &Context, visit: &Visit, claims: &AccessClaims) -> Result<Account, ViewError> {
    let found = context.house.database.run(FindUser { id: claims.sub }, visit.deadline).await.map_err(Cause::from)?;
    found.map(UserRow::account).ok_or(ViewError::NoSuchAccount)
}
