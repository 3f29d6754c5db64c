//! The throttle before everything that judges a person's secret: a password, a code, a recovery code.
//!
//! [`admit`] before it is judged (before a place in the hasher is asked for), [`Admission::failed`] before a failure is
//! answered. An admission that is dropped was a success, and writes nothing; nor does a refusal.

use super::cause::Cause;
use super::{Context, Visit};
use crate::actors::in_flight::{CHECKS_AT_ONCE, Crowded, Place};
use crate::domain::network::Network;
pub use crate::domain::throttle::Subject;
use crate::domain::throttle::{Counter, TooManyAttempts};
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
    counters: Vec<Counter>,
    /// Held until the failure is counted, so that whoever comes next sees it.
    place: Place,
}

/// Waits for a place among the two who are judged at once (on this node, of strangers to the account or of its known
/// devices), and only then reads the counts: what those before failed at is among them. So no more than two a node pass
/// a limit.
///
/// # Errors
/// [`ThrottleError`]; where the counts cannot be read nobody gets in.
pub async fn admit(context: &Context, visit: &Visit, subject: &Subject) -> Result<Admission, ThrottleError> {
    let Some(limits) = context.rules.throttle else { return Ok(Admission { counts: None }) };
    let counters = subject.counters(visit.ip.as_deref().and_then(Network::parse));
    let lane = subject.lane();
    let place = match context.house.in_flight.take(lane.key_hash, visit.deadline).await {
        Ok(place) => place,
        Err(Crowded) => return Err(refused(context, subject, lane, lane.kind.too_many_at_once(CHECKS_AT_ONCE))),
    };
    let found = context.house.database.run(FindCounts(counters.clone()), visit.deadline).await.map_err(Cause::from)?;
    match limits.judge(&found, context.house.clock.now()) {
        Some((counter, too_many)) => Err(refused(context, subject, counter, too_many)),
        None => Ok(Admission { counts: Some(Counts { counters, place }) }),
    }
}

/// Once a minute for each counter: that somebody guesses is worth a line, and each of their guesses is not.
fn refused(context: &Context, subject: &Subject, counter: Counter, too_many: TooManyAttempts) -> ThrottleError {
    if context.house.refusal_log.is_worth_a_line(counter.key_hash) {
        let user_id = match subject {
            Subject::Account { user_id, .. } => Some(tracing::field::display(user_id)),
            Subject::Unknown(_) => None,
        };
        let (policy, retry_after) = (too_many.policy.name, too_many.retry_after);
        tracing::warn!(event = "throttle", outcome = "too_many_attempts", policy, user_id, ?retry_after);
    }
    too_many.into()
}

impl Admission {
    /// Counts the failure. To be awaited before it is answered.
    ///
    /// # Errors
    /// [`Cause`]: it may not have been counted, so it must not be answered either.
    pub async fn failed(self, context: &Context, visit: &Visit) -> Result<(), Cause> {
        let Some(Counts { counters, place }) = self.counts else { return Ok(()) };
        context.house.database.run(CountFailure(counters), visit.deadline).await?;
        drop(place);
        Ok(())
    }
}
