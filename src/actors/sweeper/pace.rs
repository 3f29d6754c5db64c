//! How many rows a batch takes: as many as fit into its time.

use std::time::Duration;

/// Where it begins: measured as harmless on SQLite beside 800 rotations a second (performance.md).
const FIRST: u16 = 100;
const FEWEST: u16 = 8;
/// Where a batch of SQLite's takes 3 ms on a fast disk.
const MOST: u16 = 1_000;
/// The pause after a batch, as a multiple of what the batch took.
const REST: u32 = 5;
/// Shortest pause: a batch that took no time at all must not become a busy loop.
const SHORTEST_REST: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct Pace {
    rows: u16,
    target: Duration,
}

impl Pace {
    pub(super) fn new(target: Duration) -> Self {
        Self { rows: FIRST, target }
    }

    pub(super) fn rows(&self) -> u16 {
        self.rows
    }

    /// Learns from a batch, and says how long to rest after it. Grows by a quarter, and halves when it took too long.
    pub(super) fn after(&mut self, took: Duration) -> Duration {
        self.rows = if took > self.target {
            (self.rows / 2).max(FEWEST)
        } else if took * 2 < self.target {
            (self.rows + self.rows / 4).min(MOST)
        } else {
            self.rows
        };
        (took * REST).max(SHORTEST_REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_batch_that_takes_too_long_is_halved_and_a_short_one_grows() {
        let mut pace = Pace::new(3 * MS);
        assert_eq!(pace.after(4 * MS), 20 * MS);
        assert_eq!(pace.rows(), 50);
        pace.after(MS);
        assert_eq!(pace.rows(), 62);
        pace.after(2 * MS);
        assert_eq!(pace.rows(), 62);
        for _ in 0..50 {
            pace.after(100 * MS);
        }
        assert_eq!(pace.rows(), FEWEST);
        for _ in 0..50 {
            pace.after(Duration::ZERO);
        }
        assert_eq!(pace.rows(), MOST);
    }
}
