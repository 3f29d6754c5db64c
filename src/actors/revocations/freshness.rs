//! How old what memory knows is, on the monotonic clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The promise is a second between a revocation's COMMIT and its refusal everywhere.
const FRESH_FOR: Duration = Duration::from_secs(1);
const NEVER: u64 = 0;

/// When the last good read *began*: what was committed before is known.
#[derive(Debug)]
pub(super) struct Freshness {
    origin: Instant,
    /// Milliseconds after `origin`, plus one; 0 for never.
    last_began: AtomicU64,
}

impl Default for Freshness {
    fn default() -> Self {
        Self { origin: Instant::now(), last_began: AtomicU64::new(NEVER) }
    }
}

impl Freshness {
    pub(super) fn note_read_begun_at(&self, began: Instant) {
        let millis = began.saturating_duration_since(self.origin).as_millis();
        self.last_began.fetch_max(u64::try_from(millis).unwrap_or(u64::MAX - 1) + 1, Ordering::AcqRel);
    }

    pub(super) fn is_fresh(&self) -> bool {
        match self.last_began.load(Ordering::Acquire) {
            NEVER => false,
            began => self.origin.elapsed().saturating_sub(Duration::from_millis(began - 1)) <= FRESH_FOR,
        }
    }

    #[cfg(feature = "broken-controls")]
    pub(super) fn forget(&self) {
        self.last_began.store(NEVER, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_for_a_second_after_a_good_read_began_and_never_before_one() {
        let freshness = Freshness::default();
        assert!(!freshness.is_fresh());
        freshness.note_read_begun_at(Instant::now());
        assert!(freshness.is_fresh());
        let ago = |millis| Instant::now().checked_sub(Duration::from_millis(millis)).unwrap();
        let aged = Freshness { origin: ago(9_000), ..Freshness::default() };
        aged.note_read_begun_at(ago(1_200));
        assert!(!aged.is_fresh());
    }
}
