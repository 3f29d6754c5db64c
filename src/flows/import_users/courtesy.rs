//! How large the units of an import may be, and how long it rests between two, for the sake of whoever else writes.

use std::time::{Duration, Instant};

use crate::domain::pace::Pace;

/// Rows of a unit. Names come in no order, so each row changes pages of its own in the indexes on them until a unit holds
/// more rows than those have pages (docs/performance.md has the rates). More would gain little and cost memory.
const PACE: Pace = Pace::new(512, 64, 16_384);
/// For one unit, where nobody else has written of late: about as long as a server that begins to write waits for the lock,
/// and half of what the database's door allows.
const ALONE: Duration = Duration::from_secs(1);
/// For one unit beside a server that writes to the same file.
const BESIDE: Duration = Duration::from_millis(15);
/// For as long a server counts as being there after it wrote.
const REMEMBERED: Duration = Duration::from_secs(10);
/// Between two units it rests for this part of what the first took, so that whoever waits for the lock gets it.
const REST_ALONE: u32 = 20;
const REST_BESIDE: u32 = 1;

#[derive(Debug)]
pub(super) struct Courtesy {
    pace: Pace,
    rest: Duration,
    foreign: Option<i64>,
    foreign_at: Option<Instant>,
}

impl Courtesy {
    pub(super) const fn new() -> Self {
        Self { pace: PACE, rest: Duration::ZERO, foreign: None, foreign_at: None }
    }

    pub(super) fn rows(&self) -> usize {
        self.pace.rows().into()
    }

    pub(super) const fn rest(&self) -> Duration {
        self.rest
    }

    /// Learns from a unit; `foreign` is what [`crate::store::foreign_writes::ForeignWrites`] said after it.
    pub(super) fn after(&mut self, took: Duration, foreign: i64, now: Instant) {
        if self.foreign.replace(foreign).is_some_and(|before| before != foreign) {
            self.foreign_at = Some(now);
        }
        let is_beside = self.foreign_at.is_some_and(|at| now.duration_since(at) < REMEMBERED);
        let (target, part) = if is_beside { (BESIDE, REST_BESIDE) } else { (ALONE, REST_ALONE) };
        self.pace.after(took, target);
        self.rest = took / part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn alone_it_takes_more_and_beside_somebody_who_writes_less() {
        let (mut courtesy, began) = (Courtesy::new(), Instant::now());
        (0..20).for_each(|_| courtesy.after(100 * MS, 7, began));
        assert_eq!((courtesy.rows(), courtesy.rest()), (16_384, 5 * MS), "the first answer is nobody's writing");
        courtesy.after(100 * MS, 8, began);
        assert_eq!((courtesy.rows(), courtesy.rest()), (8_192, 100 * MS));
        (0..20).for_each(|_| courtesy.after(20 * MS, 8, began + REMEMBERED / 2));
        assert_eq!((courtesy.rows(), courtesy.rest()), (64, 20 * MS));
        courtesy.after(20 * MS, 8, began + REMEMBERED);
        assert_eq!((courtesy.rows(), courtesy.rest()), (80, MS), "whoever wrote has gone");
    }
}
