//! How long things took since the start, for many threads at once: a histogram of a kibibyte that nobody waits for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Parts of each doubling: what is told is at most a quarter above what was.
const PARTS: u32 = 4;
/// Doublings of a microsecond, up to two hours; what takes longer counts as that.
const DOUBLINGS: u32 = 32;
const BUCKETS: usize = (PARTS * DOUBLINGS) as usize;

#[derive(Debug)]
pub struct Latency([AtomicU64; BUCKETS]);

impl Default for Latency {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; BUCKETS])
    }
}

impl Latency {
    pub fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.0.get(bucket(micros)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What so many of a hundred took at most, rounded up to the end of its bucket. `None`: nothing was done yet.
    pub fn percentile(&self, percent: u64) -> Option<Duration> {
        let counts = self.0.each_ref().map(|count| count.load(Ordering::Relaxed));
        let wanted = (counts.iter().sum::<u64>() * percent).div_ceil(100);
        let mut seen = 0;
        let place = counts.iter().position(|count| {
            seen += count;
            seen >= wanted && wanted > 0
        });
        place.map(|place| Duration::from_micros(end_of(place)))
    }
}

/// Below [`PARTS`] microseconds each has a bucket of its own.
fn bucket(micros: u64) -> usize {
    let parts = u64::from(PARTS);
    let place = if micros < parts {
        micros
    } else {
        let doublings = u64::from(micros.ilog2() - PARTS.ilog2());
        doublings * parts + (micros >> doublings)
    };
    usize::try_from(place).map_or(BUCKETS - 1, |place| place.min(BUCKETS - 1))
}

/// The first microsecond that is not in the bucket any more.
const fn end_of(bucket: usize) -> u64 {
    let (bucket, parts) = (bucket as u64, PARTS as u64);
    if bucket < 2 * parts {
        return bucket + 1;
    }
    let doublings = bucket / parts - 1;
    (bucket % parts + parts + 1) << doublings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_falls_into_the_bucket_that_ends_just_after_it() {
        for micros in (0..5_000).chain([1 << 20, (1 << 31) - 1]) {
            let place = bucket(micros);
            assert!(micros < end_of(place), "{micros}");
            assert!(place == 0 || end_of(place - 1) <= micros, "{micros}");
            assert!(end_of(place) * 4 <= (micros + 1) * 5 + 4, "{micros}: {}", end_of(place));
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_told_of_what_was_noted() {
        let latency = Latency::default();
        assert_eq!(latency.percentile(50), None);
        for micros in 1..=100 {
            latency.note(Duration::from_micros(micros));
        }
        let told = [1, 50, 99, 100].map(|percent| latency.percentile(percent).unwrap().as_micros());
        assert_eq!(told, [2, 56, 112, 112]);
    }
}
