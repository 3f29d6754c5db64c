//! A node starts: with which version, and whether its settings are what they were.

use super::Context;
use super::cause::Cause;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::clock::Deadline;
use crate::store::audit_events::WriteEvents;

/// `settings`: a digest of all that are no secrets.
///
/// # Errors
/// [`Cause`].
pub async fn note_start(context: &Context, settings: &str, deadline: Deadline) -> Result<(), Cause> {
    let event = NewEvent::new(context.house.node, Action::NodeStarted, Actor::SYSTEM);
    let event = event.with("version", env!("CARGO_PKG_VERSION")).with("settings", settings);
    Ok(context.house.database.run(WriteEvents(vec![event]), deadline).await?)
}
