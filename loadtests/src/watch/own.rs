//! The generator's own processor time: on the same cores it is time that the server could not have.

use rustix::time::{ClockId, clock_gettime};

use crate::numbers::float;

pub struct OwnTime(f64);

impl OwnTime {
    pub fn new() -> Self {
        Self(now())
    }

    /// Of all threads, since the last time.
    pub fn seconds_since(&mut self) -> f64 {
        let now = now();
        let since = now - self.0;
        self.0 = now;
        since
    }
}

fn now() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let whole = u64::try_from(spent.tv_sec).unwrap_or_default();
    let parts = u64::try_from(spent.tv_nsec).unwrap_or_default();
    float(whole) + float(parts) / 1e9
}
