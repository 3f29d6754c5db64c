//! Whose names these are.

use uuid::Uuid;

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::email::Email;
use crate::domain::username::{Identifier, Username};
use crate::store::users::FindCredentials;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// There was no name.
    Nameless,
    /// Nobody has any of them.
    Nobody,
    /// All of them belong to this account.
    One(Uuid),
    /// They belong to two accounts, or one of them to one and the other to nobody.
    Several,
}

/// Who holds every one of these names.
///
/// # Errors
/// [`Cause`].
pub(super) async fn holder_of(
    context: &Context,
    visit: &Visit,
    email: Option<&Email>,
    username: Option<&Username>,
) -> Result<Holder, Cause> {
    let names = [email.cloned().map(Identifier::Email), username.cloned().map(Identifier::Username)];
    let mut holders = Vec::new();
    for name in names.into_iter().flatten() {
        let found = context.house.database.run(FindCredentials(name), visit.deadline).await?;
        holders.push(found.map(|row| row.user.standing().user_id));
    }
    Ok(match holders.as_slice() {
        [] => Holder::Nameless,
        [first, rest @ ..] if rest.iter().any(|holder| holder != first) => Holder::Several,
        [Some(user_id), ..] => Holder::One(*user_id),
        [None, ..] => Holder::Nobody,
    })
}
