//! Nobody reaches above themselves: who hands on a permission holds it, and so does who acts on somebody that does.
//!
//! Otherwise leave to change users would be leave to become an administrator: by setting the password of one.

use uuid::Uuid;

use super::by::By;
use crate::domain::permission::Permissions;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::roles::FindGrants;

#[derive(Debug, thiserror::Error)]
pub enum AboveError {
    #[error("it takes permissions that the one who asks does not hold")]
    Above,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Whether whoever asks may give somebody these permissions, or take them away.
///
/// # Errors
/// [`AboveError::Above`].
pub fn may_hand_on(by: &By, permissions: &Permissions) -> Result<(), AboveError> {
    if by.holds(permissions) { Ok(()) } else { Err(AboveError::Above) }
}

/// Whether whoever asks may act on this user: lock them, set their password, end their sessions, change their roles …
/// As the tables say it now; somebody who is given more a moment later was not above when it was done. Of a user who is
/// not there it says yes: what is done next finds that out.
///
/// # Errors
/// [`AboveError`].
pub async fn may_act_on(context: &Context, visit: &Visit, by: &By, user_id: Uuid) -> Result<(), AboveError> {
    let theirs = context.house.database.run(FindGrants { user_id }, visit.deadline).await.map_err(Cause::from)?;
    may_hand_on(by, &theirs.permissions)
}
