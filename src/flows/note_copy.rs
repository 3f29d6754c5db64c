//! A database was copied here: the trail of the copy says so, behind all that came with it.

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::audit_event::{Action, Actor};
use crate::store::audit_events::WriteEvents;

/// `from`: the kind of the database that it was copied from.
///
/// # Errors
/// [`Cause`].
pub async fn note_copy(context: &Context, visit: &Visit, from: &str) -> Result<(), Cause> {
    let event = visit.event(Action::DatabaseCopied, Actor::OPERATOR).with("from", from);
    Ok(context.house.database.run(WriteEvents(vec![event]), visit.deadline).await?)
}
