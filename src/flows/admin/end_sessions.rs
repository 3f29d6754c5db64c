//! Ending many sessions by what they have in common.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use super::above::{AboveError, may_act_on};
use super::by::By;
use crate::domain::audit_event::NewEvent;
use crate::domain::revocation::{Revocation, What};
use crate::domain::session::EndReason;
use crate::domain::session_filter::SessionFilter;
use crate::flows::cause::Cause;
use crate::flows::trail::session_ended;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::session_ends::{EndSessions, FindLiving, LivingSession};

/// Sessions of one unit: four statements each, well inside the time of one.
const BATCH: u16 = 32;
/// Sessions of one call, 128 batches: a few seconds of a database that has other things to do, too.
const CALL: u32 = 4_096;
/// No batch begins when less is left: the one under way and the answer need their time.
const RESERVE: Duration = Duration::from_secs(4);

/// What a call has done, or would have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionsEnded {
    pub sessions: u32,
    /// Of people who hold more than whoever asks: they go on.
    pub skipped: u32,
    /// Otherwise there may be more, and the same call again goes on with them.
    pub complete: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum EndSessionsError {
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Ends what lives of what is meant, in batches, up to a bound; never the session that asks. `dry_run`: only counts.
///
/// # Errors
/// [`EndSessionsError`]; what was ended before stays ended.
pub async fn end_sessions(
    context: &Context,
    visit: &Visit,
    by: &By,
    filter: &SessionFilter,
    dry_run: bool,
) -> Result<SessionsEnded, EndSessionsError> {
    if let Some(user_id) = filter.user_id {
        may_act_on(context, visit, by, user_id).await?;
    }
    let (mut done, mut after) = (SessionsEnded::default(), Uuid::nil());
    let mut above = Above { by, known: BTreeMap::new() };
    while done.sessions + done.skipped < CALL && visit.deadline.remaining() > RESERVE {
        let find = FindLiving { filter: filter.clone(), except: by.session(), after, limit: BATCH };
        let found = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?;
        let Some(last) = found.last() else {
            done.complete = true;
            break;
        };
        after = last.id;
        let mut batch = Vec::with_capacity(found.len());
        for session in found {
            if above.is(context, visit, session.user_id).await? {
                done.skipped += 1;
            } else {
                batch.push(session);
            }
        }
        done.sessions += if dry_run { count(&batch) } else { end(context, visit, by, &batch).await? };
    }
    let SessionsEnded { sessions, skipped, complete } = done;
    tracing::info!(event = "sessions_ended", sessions, skipped, complete, dry_run, %by);
    Ok(done)
}

/// Whom the one who asks may not act on, each asked about once.
struct Above<'a> {
    by: &'a By,
    known: BTreeMap<Uuid, bool>,
}

impl Above<'_> {
    async fn is(&mut self, context: &Context, visit: &Visit, user_id: Uuid) -> Result<bool, Cause> {
        if let Some(known) = self.known.get(&user_id) {
            return Ok(*known);
        }
        let is_above = match may_act_on(context, visit, self.by, user_id).await {
            Ok(()) => false,
            Err(AboveError::Above) => true,
            Err(AboveError::Cause(cause)) => return Err(cause),
        };
        self.known.insert(user_id, is_above);
        Ok(is_above)
    }
}

fn count<T>(batch: &[T]) -> u32 {
    u32::try_from(batch.len()).unwrap_or(u32::MAX)
}

async fn end(context: &Context, visit: &Visit, by: &By, batch: &[LivingSession]) -> Result<u32, Cause> {
    let (reason, access_ttl) = (EndReason::EndedByAdministrator, context.rules.access_ttl);
    let sessions = batch.iter().map(|session| (*session, Uuid::now_v7())).collect();
    let unit = EndSessions { sessions, reason, access_ttl };
    let event = session_ended(visit, by.actor(), Uuid::nil(), Uuid::nil(), reason);
    let unit = audited(unit, move |ended| ended.iter().filter_map(|of| told(&event, of)).collect::<Vec<_>>());
    let ended = context.house.database.run(unit, visit.deadline).await?;
    for revocation in &ended {
        context.house.revocations.learn(revocation);
    }
    Ok(count(&ended))
}

/// Of each session, under the id of its revocation, so that a unit that runs again tells it once.
fn told(event: &NewEvent, ended: &Revocation) -> Option<NewEvent> {
    match ended.what {
        What::Session { session_id, user_id } => {
            Some(NewEvent { id: ended.id, ..event.clone() }.about(user_id).session(session_id))
        }
        What::User { .. } | What::Claims { .. } | What::All | What::AllClaims => None,
    }
}
