//! Changing what an account says of its owner.

use super::cause::Cause;
use super::view_account::{ViewError, view_account};
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::account::{Account, ProfileChange};
use crate::domain::audit_event::{Action, Actor};
use crate::store::audited::audited;
use crate::store::profiles::{ChangeProfile, ProfileChanged};

#[derive(Debug, thiserror::Error)]
pub enum ChangeProfileError {
    #[error("the username is taken")]
    UsernameTaken,
    #[error("an account without an e-mail address needs its username")]
    UsernameNeeded,
    #[error("there is no such account")]
    NoSuchAccount,
    #[error(transparent)]
    Cause(#[from] Cause),
}

impl From<ViewError> for ChangeProfileError {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::NoSuchAccount => Self::NoSuchAccount,
            ViewError::Cause(cause) => Self::Cause(cause),
        }
    }
}

/// The account as it stands afterwards.
///
/// # Errors
/// [`ChangeProfileError`]; then nothing was changed.
pub async fn change_profile(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    change: ProfileChange,
) -> Result<Account, ChangeProfileError> {
    let event = visit.event(Action::UserChanged, Actor::bearer(claims)).about(claims.sub);
    let event = event.with("fields", change.fields().join(" "));
    let unit = ChangeProfile { user_id: claims.sub, change };
    let unit = audited(unit, move |changed| (*changed == ProfileChanged::Yes).then(|| event.clone()));
    match context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)? {
        ProfileChanged::Yes => Ok(view_account(context, visit, claims).await?),
        ProfileChanged::UsernameTaken => Err(ChangeProfileError::UsernameTaken),
        ProfileChanged::UsernameNeeded => Err(ChangeProfileError::UsernameNeeded),
        ProfileChanged::NoSuchUser => Err(ChangeProfileError::NoSuchAccount),
    }
}
