//! Guessing at secrets: how many failures somebody may have before they have to wait, and for how long.
//!
//! Failures are counted per account and per network, in windows that begin with the first of them. Strangers and known
//! devices have limits of their own, so that nobody locks an owner out by guessing. All limits of an account together
//! allow 100 failures a day (NIST SP 800-63B §3.2.2). Nothing here counts: the table does, and this says what it means.

mod counter;

use std::time::Duration;

pub use self::counter::{Counter, Kind, Subject};
use super::clock::Timestamp;

/// Strangers to an account, together. With those of known devices: 100.
pub const STRANGERS_A_DAY: u32 = 90;
/// All known devices of an account, together.
pub const KNOWN_DEVICES_A_DAY: u32 = 10;
/// Mistyping so often in a window costs nothing.
pub const FREE_FAILURES: u32 = 3;
/// The wait after each further failure in a window; the last holds for all that follow. Together the first six are a
/// minute: whoever knows the password hardly notices, and a guesser has used up the usual ten by then.
pub const DELAYS: [Duration; 7] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(32),
    Duration::from_mins(1),
];

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub failures: u32,
    /// The first of its window.
    pub first_failure_at: Timestamp,
    /// A growing delay; that a quota is used up follows from the other two.
    pub blocked_until: Option<Timestamp>,
}

/// What the operator has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failures in 15 minutes, of strangers to an account and of its known devices each.
    pub per_account: u32,
    /// Failures in 15 minutes.
    pub per_network: u32,
}

impl Limits {
    const fn quota(self, kind: Kind) -> u32 {
        match kind {
            Kind::Account | Kind::Device => self.per_account,
            Kind::AccountDay => STRANGERS_A_DAY,
            Kind::DeviceDay => KNOWN_DEVICES_A_DAY,
            Kind::Network => self.per_network,
        }
    }

    /// What a failure is answered with that is counted, and turns out to be one too many: another node judged at the same
    /// moment, and counted first.
    pub fn judge_failure(self, counts: &[(Counter, Count)], now: Timestamp) -> Option<(Counter, TooManyAttempts)> {
        let is_over = counts.iter().any(|&(counter, count)| count.failures > self.quota(counter.kind));
        is_over.then(|| self.judge(counts, now)).flatten()
    }

    /// Why somebody has to wait: of the limits that hold now, the one that holds longest.
    pub fn judge(self, counts: &[(Counter, Count)], now: Timestamp) -> Option<(Counter, TooManyAttempts)> {
        let waits = counts.iter().filter_map(|&(counter, count)| {
            let kind = counter.kind;
            let window_ends = count.first_failure_at.plus(kind.window());
            let until = if window_ends <= now {
                return None;
            } else if count.failures >= self.quota(kind) {
                window_ends
            } else {
                count.blocked_until.filter(|until| *until > now)?.min(window_ends)
            };
            let policy = Policy { name: kind.policy_name(), quota: self.quota(kind), window: Some(kind.window()) };
            Some((counter, TooManyAttempts { policy, retry_after: until.since(now) }))
        });
        waits.max_by_key(|(_, wait)| wait.retry_after)
    }
}

/// A limit that holds, as a client is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What is counted: letters and hyphens.
    pub name: &'static str,
    pub quota: u32,
    /// `None`: so many at once, and not so many in a span of time.
    pub window: Option<Duration>,
}

/// Nobody looks at what was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; again in {retry_after:?}")]
pub struct TooManyAttempts {
    pub policy: Policy,
    pub retry_after: Duration,
}

#[cfg(test)]
mod tests;
