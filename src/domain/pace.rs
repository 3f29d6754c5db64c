//! How many rows one unit of a long work takes: as many as fit into its time.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub struct Pace {
    rows: u16,
    fewest: u16,
    most: u16,
}

impl Pace {
    /// Begins with `first` rows and stays between `fewest` and `most`.
    pub const fn new(first: u16, fewest: u16, most: u16) -> Self {
        Self { rows: first, fewest, most }
    }

    pub const fn rows(&self) -> u16 {
        self.rows
    }

    /// Learns from a unit. Grows by a quarter where it took less than half of `target`, and halves where it took longer.
    pub fn after(&mut self, took: Duration, target: Duration) {
        if took > target {
            self.rows = (self.rows / 2).max(self.fewest);
        } else if took * 2 < target {
            self.rows = self.rows.saturating_add(self.rows / 4).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_unit_that_takes_too_long_is_halved_and_a_short_one_grows() {
        let mut pace = Pace::new(100, 8, 1_000);
        let mut after = |took: Duration| {
            pace.after(took, 3 * MS);
            pace.rows()
        };
        assert_eq!((after(4 * MS), after(MS), after(2 * MS)), (50, 62, 62));
        assert_eq!((0..50).map(|_| after(100 * MS)).last(), Some(8));
        assert_eq!((0..50).map(|_| after(Duration::ZERO)).last(), Some(1_000));
    }
}
