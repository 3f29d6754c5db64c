//! How the database of this installation is, for an operator at the server. Nothing is changed, and nothing is noted.

use std::time::Duration;

use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::clock::Timestamp;
use crate::domain::role::BUILT_IN;
use crate::store::examination::{Examine, Examined};

/// A server seals within seconds, and sends within seconds; a busy one may take longer.
const USUAL: Duration = Duration::from_mins(10);
/// As nodes' clocks may differ, and what was sealed a moment ago on another one.
const CLOCK_SLACK: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    pub version: String,
    /// How far this machine's clock is behind the database's, in microseconds; 0 where it has none of its own.
    pub clock_behind_micros: i64,
    /// The newest seal was made later than now.
    pub clock_was_ahead: bool,
    pub missing_roles: Vec<&'static str>,
    pub administrators: i64,
    pub newest_seal_at: Option<Timestamp>,
    /// Events have waited for a seal since then, and longer than they should.
    pub unsealed_since: Option<Timestamp>,
    /// Mail has been due since then, and longer than it should.
    pub mail_due_since: Option<Timestamp>,
}

/// # Errors
/// [`Cause`].
pub async fn examine(context: &Context, visit: &Visit) -> Result<Examination, Cause> {
    let clock = &context.house.clock;
    let found = context.house.database.run(Examine, visit.deadline).await?;
    let now = clock.now();
    let Examined { version, roles, administrators, newest_seal_at, unsealed_since, mail_due_since } = found;
    let too_long = |since: &Timestamp| now.since(*since) > USUAL;
    Ok(Examination {
        version,
        clock_behind_micros: now.as_micros().saturating_sub(clock.uncorrected().as_micros()),
        clock_was_ahead: newest_seal_at.is_some_and(|at| at > now.plus(CLOCK_SLACK)),
        missing_roles: BUILT_IN
            .iter()
            .map(|role| role.name)
            .filter(|name| !roles.iter().any(|one| one == name))
            .collect(),
        administrators,
        newest_seal_at,
        unsealed_since: unsealed_since.filter(too_long),
        mail_due_since: mail_due_since.filter(too_long),
    })
}
