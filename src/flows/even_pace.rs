//! Answers that must not tell by their time whether somebody has an account.
//!
//! Both ways of such a flow write as much, but not the same: a row that is decoded and a longer letter that is sealed are
//! some 50 µs of 2 ms, and two thousand questions show that. So the answer waits for the next tick after the request came
//! in. Work of any length under a tick then takes one tick.

use std::time::Duration;

use super::Visit;

/// Ten times what such a request takes on an idle machine, and a tenth of what a person notices. A pause takes a timer and
/// no thread.
const TICK: Duration = Duration::from_millis(20);

/// Ticks are counted back from the request's deadline, which was set when it came in.
pub(super) async fn next_tick(visit: &Visit) {
    tokio::time::sleep(until_tick(visit.deadline.remaining())).await;
}

fn until_tick(remaining: Duration) -> Duration {
    // A second holds a whole number of ticks.
    Duration::from_nanos((remaining.subsec_nanos() % TICK.subsec_nanos()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_under_a_tick_ends_at_the_tick() {
        let patience = TICK * 500;
        for worked in [1, 1_900, 1_950, 19_999].map(Duration::from_micros) {
            assert_eq!(worked + until_tick(patience.checked_sub(worked).unwrap()), TICK);
        }
        assert_eq!(until_tick(Duration::ZERO), Duration::ZERO, "nobody waits past the deadline");
    }
}
