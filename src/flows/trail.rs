//! What several flows tell the audit trail.

use uuid::Uuid;

use super::cause::Cause;
use super::entering::NoEntrance;
use super::{Context, Visit};
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::revocation::{Revocation, What};
use crate::domain::session::EndReason;
use crate::store::audit_events::WriteEvents;
use crate::store::entries::Entry;

/// Writes an event of something that changes no other table. To be awaited before it is answered.
pub(super) async fn note(context: &Context, visit: &Visit, event: NewEvent) -> Result<(), Cause> {
    Ok(context.house.database.run(WriteEvents(vec![event]), visit.deadline).await?)
}

pub(super) fn session_ended(
    visit: &Visit,
    actor: Actor,
    user_id: Uuid,
    session_id: Uuid,
    reason: EndReason,
) -> NewEvent {
    visit.event(Action::SessionEnded, actor).about(user_id).session(session_id).with("reason", reason.word())
}

/// All of a user's, but the one that may be kept.
pub(super) fn sessions_ended(visit: &Visit, actor: Actor, user_id: Uuid, reason: EndReason) -> NewEvent {
    visit.event(Action::SessionsEnded, actor).about(user_id).with("reason", reason.word())
}

/// A try to sign in that came to nothing, by its true cause. `about`: whoever was meant, where there is somebody.
pub(super) fn sign_in_failed(visit: &Visit, about: Option<Uuid>, method: &str, cause: &str) -> NewEvent {
    visit.event(Action::SignInFailed, Actor::NOBODY).about(about).with("method", method).refused(cause)
}

/// What was shown was right, and nobody comes in all the same.
pub(super) async fn note_no_entrance(
    context: &Context,
    visit: &Visit,
    user_id: Uuid,
    method: &str,
    no: &NoEntrance,
) -> Result<(), Cause> {
    let cause = match no {
        NoEntrance::Refused(barred) => barred.word(),
        NoEntrance::EmailUnverified => "unverified",
        NoEntrance::Cause(_) => return Ok(()),
    };
    note(context, visit, sign_in_failed(visit, Some(user_id), method, cause)).await
}

/// What a way in leads to, and the sessions that end for it.
#[derive(Clone, Debug)]
pub(super) struct Entered {
    event: NewEvent,
    /// For each session that has to go, but for its id and its session.
    gone: NewEvent,
}

impl Entered {
    pub(super) fn of(visit: &Visit, user_id: Uuid, entry: &Entry) -> Self {
        let actor = Actor::person(user_id);
        let event = match entry {
            Entry::Session { session, .. } => {
                visit.event(Action::SessionBegun, actor).session(session.id).with("amr", session.amr.clone())
            }
            Entry::Challenge(token) => visit.event(Action::SignInChallenged, actor).with("owed", token.kind.word()),
        };
        let gone =
            visit.event(Action::SessionEnded, actor).about(user_id).with("reason", EndReason::SessionLimit.word());
        Self { event: event.about(user_id), gone }
    }

    /// `ended`: as the unit answers. That a run was committed before says it by answering with none.
    pub(super) fn events(&self, ended: &[Revocation]) -> Vec<NewEvent> {
        let gone = ended.iter().filter_map(|revocation| match revocation.what {
            What::Session { session_id, .. } => {
                Some(NewEvent { id: revocation.id, ..self.gone.clone() }.session(session_id))
            }
            What::User { .. } | What::Claims { .. } | What::All | What::AllClaims => None,
        });
        std::iter::once(self.event.clone()).chain(gone).collect()
    }
}
