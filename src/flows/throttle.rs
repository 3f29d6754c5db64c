//! The throttle before everything that judges a person's secret: a password, a code, a recovery code.
//!
//! [`admit`] before it is judged (before a place in the hasher is asked for), [`Admission::failed`] before a failure is
//! answered. An admission that is dropped was a success, and writes nothing; nor does a refusal to look.

use super::cause::Cause;
use super::trail::note;
use super::{Context, Visit};
use crate::actors::in_flight::{CHECKS_AT_ONCE, Place};
use crate::domain::audit_event::NewEvent;
use crate::domain::network::Network;
pub use crate::domain::throttle::Subject;
use crate::domain::throttle::{Counter, Kind, Limits, TooManyAttempts};
use crate::store::audited::audited;
use crate::store::throttles::{CountFailure, FindCounts};

#[derive(Debug, thiserror::Error)]
pub enum ThrottleError {
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Leave to judge one secret. To drop it is to say that the secret was right.
#[derive(Debug)]
#[must_use = "a failure has to be counted before it is answered"]
pub struct Admission {
    /// None where nothing is throttled.
    counts: Option<Counts>,
}

#[derive(Debug)]
struct Counts {
    limits: Limits,
    subject: Subject,
    counters: Vec<Counter>,
    /// Held until the failure is counted, so that whoever comes next sees it.
    place: Place,
}

/// Waits until nobody else is judged (on this node, of strangers to the account or of its known devices), and only then
/// reads the counts: what those before failed at is among them. So one node never judges more than a limit allows, and n
/// nodes that judge at the same moment n − 1 more.
///
/// # Errors
/// [`ThrottleError`]; where the counts cannot be read nobody gets in.
pub async fn admit(context: &Context, visit: &Visit, subject: &Subject) -> Result<Admission, ThrottleError> {
    let Some(limits) = context.rules.throttle else { return Ok(Admission { counts: None }) };
    let asked = ask(context, visit, limits, subject.clone()).await?;
    let asked = match (asked, subject.as_stranger()) {
        (Err(refused), Some(stranger)) if refused.counter.kind == Kind::DeviceDay => {
            ask(context, visit, limits, stranger).await?
        }
        (asked, _) => asked,
    };
    match asked {
        Ok(counts) => Ok(Admission { counts: Some(counts) }),
        Err(refused) => Err(refused.log(context).into()),
    }
}

/// Who may not be judged now, and because of which count.
struct Refused {
    subject: Subject,
    counter: Counter,
    too_many: TooManyAttempts,
}

/// What it will count on, or what stands in the way.
async fn ask(
    context: &Context,
    visit: &Visit,
    limits: Limits,
    subject: Subject,
) -> Result<Result<Counts, Refused>, Cause> {
    let counters = subject.counters(visit.ip.as_deref().and_then(Network::parse));
    let lane = subject.lane();
    let Ok(place) = context.house.in_flight.take(lane.key_hash, visit.deadline).await else {
        let too_many = lane.kind.too_many_at_once(CHECKS_AT_ONCE);
        return Ok(Err(Refused { subject, counter: lane, too_many }));
    };
    let found = context.house.database.run(FindCounts(counters.clone()), visit.deadline).await?;
    Ok(match limits.judge(&found, context.house.clock.now()) {
        Some((counter, too_many)) => Err(Refused { subject, counter, too_many }),
        None => Ok(Counts { limits, subject, counters, place }),
    })
}

impl Refused {
    /// Once a minute for each counter: that somebody guesses is worth a line, and each of their guesses is not.
    fn log(self, context: &Context) -> TooManyAttempts {
        let Self { subject, counter, too_many } = self;
        if context.house.refusal_log.is_worth_a_line(counter.key_hash) {
            let user_id = match subject {
                Subject::Account { user_id, .. } => Some(tracing::field::display(user_id)),
                Subject::Unknown(_) => None,
            };
            let (policy, retry_after) = (too_many.policy.name, too_many.retry_after);
            tracing::warn!(event = "throttle", outcome = "too_many_attempts", policy, user_id, ?retry_after);
        }
        too_many
    }
}

impl Admission {
    /// Counts the failure, and writes what it was in the same unit. To be awaited before it is answered.
    ///
    /// # Errors
    /// [`ThrottleError::TooMany`]: it is counted, and one too many, since another node judged at the same moment; so it is
    /// answered as what comes too late, and does not tell that the secret was wrong. A cause: it may not have been
    /// counted, so it must not be answered either.
    pub async fn failed(self, context: &Context, visit: &Visit, event: NewEvent) -> Result<(), ThrottleError> {
        let Some(Counts { limits, subject, counters, place }) = self.counts else {
            return Ok(note(context, visit, event).await?);
        };
        let count = audited(CountFailure(counters), move |_| Some(event.clone()));
        let counts = context.house.database.run(count, visit.deadline).await.map_err(Cause::from)?;
        drop(place);
        match limits.judge_failure(&counts, context.house.clock.now()) {
            Some((counter, too_many)) => Err(Refused { subject, counter, too_many }.log(context).into()),
            None => Ok(()),
        }
    }
}
