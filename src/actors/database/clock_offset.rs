//! Nodes must agree on the time, and the database is what they share: each adds its offset to the database's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::clock::{Clock, Deadline, Timestamp};
use crate::store::Store;
use crate::store::time_at_database::TimeAtDatabase;

/// Quartz drifts by some 100 µs in that time.
pub(super) const PACE: Duration = Duration::from_secs(10);
/// Until it is measured for the first time a node is not ready, so then it is tried more often.
pub(super) const FIRST_PACE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(1);
/// A node whose own clock is this far off works all the same, but its operator should know.
const NOTEWORTHY_MICROS: i64 = 2_000_000;
/// A longer round trip says too little about when the answer was made; then the offset before stands.
const LONGEST_ROUND_TRIP: Duration = Duration::from_millis(500);

/// Whether the offset to the database's clock is known.
#[derive(Debug, Default)]
pub struct ClockSync {
    measured: AtomicBool,
}

impl ClockSync {
    /// A node that has never measured is not ready.
    pub fn is_measured(&self) -> bool {
        self.measured.load(Ordering::Acquire)
    }
}

pub(super) async fn measure(store: Store, clock: Clock, sync: Arc<ClockSync>) {
    let asked = clock.uncorrected();
    match store.run(TimeAtDatabase, Deadline::within(PATIENCE)).await {
        Ok(None) => sync.measured.store(true, Ordering::Release),
        Ok(Some(there)) => {
            if let Some(offset) = offset_micros(asked, clock.uncorrected(), there) {
                if offset.abs() > NOTEWORTHY_MICROS {
                    tracing::warn!(offset_micros = offset, "this machine's clock differs from the database's");
                }
                clock.set_offset_micros(offset);
                sync.measured.store(true, Ordering::Release);
            }
        }
        Err(cause) => tracing::warn!(%cause, "the database's clock could not be read"),
    }
}

/// The answer was made about midway between question and arrival.
fn offset_micros(asked: Timestamp, heard: Timestamp, there: Timestamp) -> Option<i64> {
    let round_trip = heard.since(asked);
    (round_trip <= LONGEST_ROUND_TRIP).then(|| there.as_micros() - asked.plus(round_trip / 2).as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_taken_at_the_midpoint_of_a_short_round_trip() {
        let at = Timestamp::from_micros;
        assert_eq!(offset_micros(at(1_000), at(3_000), at(60_002_000)), Some(60_000_000));
        assert_eq!(offset_micros(at(0), at(600_000), at(5)), None);
    }
}
