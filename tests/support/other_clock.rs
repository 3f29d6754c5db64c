//! A clock that goes as fast as any other, and is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use keystead::domain::clock::Clock;

const TICK: Duration = Duration::from_millis(1);

/// Goes until it is dropped.
pub struct OtherClock {
    pub clock: Clock,
    stopped: Arc<AtomicBool>,
}

impl OtherClock {
    pub fn ahead_by(span: Duration) -> Self {
        Self::from(|| Clock::by_hand(Clock::system().now().plus(span)))
    }

    pub fn behind_by(span: Duration) -> Self {
        Self::from(|| Clock::by_hand(Clock::system().now().minus(span)))
    }

    fn from(set: impl FnOnce() -> Clock) -> Self {
        let mut moved = Instant::now();
        let (clock, stopped) = (set(), Arc::<AtomicBool>::default());
        let (hand, is_over) = (clock.clone(), Arc::clone(&stopped));
        // A thread, because a test's runtime is busy with its nodes.
        std::thread::spawn(move || {
            while !is_over.load(Ordering::Acquire) {
                std::thread::sleep(TICK);
                let now = Instant::now();
                hand.advance(now - moved);
                moved = now;
            }
        });
        Self { clock, stopped }
    }
}

impl Drop for OtherClock {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
    }
}
