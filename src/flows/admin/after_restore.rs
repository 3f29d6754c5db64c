//! A database was put back to an earlier moment, and what it says of the time since is wrong.
//!
//! What was ended since then would be alive again: sessions, tokens that can be spent once, mail that has left already. All
//! of that ends here, before anybody works with the database.

use std::collections::BTreeMap;
use std::time::Duration;

use super::by::By;
use super::end_sessions::{EndSessionsError, end_sessions};
use crate::domain::audit_event::Action;
use crate::domain::clock::Deadline;
use crate::domain::revocation::{Revocation, What};
use crate::domain::session_filter::SessionFilter;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::restored::{EndAllTokens, Spendable, Withdraw};

/// Rows of one unit.
const BATCH: u16 = 64;
/// For one call that ends sessions, of which there are as many as it takes.
const CALL: Duration = Duration::from_secs(10);
/// For one unit of the others; the database's door allows two seconds.
const UNIT: Duration = Duration::from_secs(5);
/// Access tokens know the second of their birth, and one of the same second as their end counts as ended. Whoever signs
/// in afterwards is to be in.
const TOKENS_SECOND: Duration = Duration::from_secs(1);
/// As it stands in `revocations`.
const REASON: &str = "database restored";

/// What was ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AfterRestore {
    /// `None`: they were to be kept.
    pub sessions: Option<u64>,
    pub one_time_tokens: u64,
    pub mails: u64,
}

/// `about`: which backup it was, for the audit trail. `tell` hears of each batch of sessions.
///
/// # Errors
/// [`EndSessionsError`]; what was ended until then stays ended, and the same call goes on with the rest.
pub async fn after_restore(
    context: &Context,
    keep_sessions: bool,
    about: BTreeMap<&'static str, String>,
    mut tell: impl FnMut(u64),
) -> Result<AfterRestore, EndSessionsError> {
    let mut ended = AfterRestore {
        one_time_tokens: withdraw(context, Spendable::Tokens).await?,
        mails: withdraw(context, Spendable::Mails).await?,
        sessions: None,
    };
    if !keep_sessions {
        ended.sessions = Some(end_all(context, &mut tell).await?);
    }
    let visit = Visit::until(Deadline::within(UNIT));
    let mut event = visit.event(Action::DatabaseRestored, By::Operator.actor());
    event = about.into_iter().fold(event, |event, (name, value)| event.with(name, value));
    event = event.with("sessions", if keep_sessions { "kept" } else { "ended" });
    let (now, ttl) = (context.house.clock.now(), context.rules.access_ttl);
    let all = (!keep_sessions).then(|| Revocation::new(now, What::All, REASON, ttl));
    let unit = audited(EndAllTokens(all), move |()| Some(event.clone()));
    context.house.database.run(unit, visit.deadline).await.map_err(Cause::from)?;
    if !keep_sessions {
        tokio::time::sleep(TOKENS_SECOND).await;
    }
    Ok(ended)
}

async fn end_all(context: &Context, tell: &mut impl FnMut(u64)) -> Result<u64, EndSessionsError> {
    let mut sessions = 0;
    loop {
        let visit = Visit::until(Deadline::within(CALL));
        let done = end_sessions(context, &visit, &By::Operator, &SessionFilter::default(), false).await?;
        sessions += u64::from(done.sessions);
        tell(u64::from(done.sessions));
        if done.complete {
            return Ok(sessions);
        }
    }
}

async fn withdraw(context: &Context, what: Spendable) -> Result<u64, Cause> {
    let mut withdrawn = 0;
    loop {
        let unit = Withdraw { what, limit: BATCH };
        let some = context.house.database.run(unit, Deadline::within(UNIT)).await?;
        if some == 0 {
            return Ok(withdrawn);
        }
        withdrawn += some;
    }
}
