//! Who gets in: by how long they would wait, not by how many are there.
//!
//! Work is counted in units of KiB·passes, because a stored hash may cost many times what the current parameters do.
//! Predicted wait = units waiting and running × seconds a unit (a moving average) ÷ threads. Nothing here waits, locks
//! or asks the time, so a refusal costs less than a microsecond.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The weight of one more hash in the moving average is 1 ÷ this: a change of pace is believed within some ten hashes.
const AVERAGE_OVER: u64 = 8;
/// One hash counts as at most so many times the average, so that one that was held up (a suspended machine) does not
/// shut the door for the next hundred.
const OUTLIER_FACTOR: u64 = 8;
/// The door's places, as a hard bound: twice what the longest wait allows, since the prediction can be that wrong.
const PLACES_FACTOR: u128 = 2;
/// So many places at least, or a slow machine could not keep its threads busy.
const LEAST_PLACES: u32 = 8;
/// And at most: a request holds one password, so 1,024 of them hold less than a few MiB.
const MOST_PLACES: u32 = 1_024;
const PICOS_PER_NANO: u128 = 1_000;

/// The work inside, its pace, and the rule.
#[derive(Debug)]
pub struct Admission {
    threads: u32,
    max_wait: Duration,
    /// Of one hash at the start; the door's places follow from it.
    first_hash: Duration,
    units_inside: AtomicU64,
    /// Picoseconds for one unit on one thread; never 0. (A whole number: an average that threads share is then one
    /// atomic word, and 1 KiB·pass takes some 200,000 of them.)
    pace_picos: AtomicU64,
    computed: AtomicU64,
}

impl Admission {
    /// `units` took `hash_time` on one thread at the start.
    pub fn new(threads: u32, max_wait: Duration, units: u64, hash_time: Duration) -> Self {
        Self {
            threads: threads.max(1),
            max_wait,
            first_hash: hash_time,
            units_inside: AtomicU64::new(0),
            pace_picos: AtomicU64::new(pace(units, hash_time)),
            computed: AtomicU64::new(0),
        }
    }

    /// Lets `units` of work in, or nobody: when the wait would be longer than allowed, or the work would end after
    /// the `remaining` time. Who finds the hasher idle always gets in, or a pace that was once measured too slow could
    /// never be corrected.
    pub fn enter(self: &Arc<Self>, units: u64, remaining: Duration) -> Option<Ticket> {
        let pace_picos = self.pace_picos.load(Ordering::Relaxed);
        let own_time = time_of(units, pace_picos, 1);
        let admitted = self.units_inside.fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| {
            let wait = time_of(inside, pace_picos, self.threads);
            let fits = wait <= self.max_wait && wait.saturating_add(own_time) <= remaining;
            (inside == 0 || fits).then(|| inside.saturating_add(units))
        });
        admitted.ok().map(|_| Ticket { admission: Arc::clone(self), units })
    }

    /// Whether the wait is longer than allowed, so that [`Admission::enter`] would let nobody in.
    pub fn is_full(&self) -> bool {
        self.predicted_wait() > self.max_wait && self.units_inside.load(Ordering::Acquire) > 0
    }

    /// How long a request that came now would wait.
    pub fn predicted_wait(&self) -> Duration {
        let inside = self.units_inside.load(Ordering::Acquire);
        time_of(inside, self.pace_picos.load(Ordering::Relaxed), self.threads)
    }

    /// Whether a thread is without work, so that one hash of `units` would hold up nobody who is inside.
    pub fn has_idle_thread(&self, units: u64) -> bool {
        let busy_at_most = units.saturating_mul(u64::from(self.threads - 1));
        self.units_inside.load(Ordering::Acquire) <= busy_at_most
    }

    /// Places for the door: twice as many requests as could be done within the longest wait.
    pub fn places(&self) -> u32 {
        let hashes = self.max_wait.as_nanos() * u128::from(self.threads) / self.first_hash.as_nanos().max(1);
        let places = u32::try_from(hashes.saturating_mul(PLACES_FACTOR)).unwrap_or(MOST_PLACES);
        places.clamp(LEAST_PLACES, MOST_PLACES)
    }

    /// Hashes of `units` that all threads together could do in a second, at the present pace.
    pub fn per_second(&self, units: u64) -> f64 {
        let one = time_of(units.max(1), self.pace_picos.load(Ordering::Relaxed), self.threads);
        one.max(Duration::from_nanos(1)).as_secs_f64().recip()
    }

    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    fn observe(&self, units: u64, took: Duration) {
        self.computed.fetch_add(1, Ordering::Relaxed);
        let average = |old: u64| {
            let sample = pace(units, took).min(old.saturating_mul(OUTLIER_FACTOR));
            // Rounded up: rounded down, it would creep to 0 and could not climb again.
            Some((u128::from(old) * u128::from(AVERAGE_OVER - 1) + u128::from(sample)).div_ceil(AVERAGE_OVER.into()))
                .map(|sum| u64::try_from(sum).unwrap_or(u64::MAX))
        };
        // The closure never says `None`, so this cannot fail.
        let _ = self.pace_picos.fetch_update(Ordering::Relaxed, Ordering::Relaxed, average);
    }
}

/// Work that is inside. Its units leave with it: done, skipped, panicked, or its caller gone.
#[derive(Debug)]
pub struct Ticket {
    admission: Arc<Admission>,
    units: u64,
}

impl Ticket {
    /// Does the work, and learns from how long it took.
    pub fn time<T, E>(self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let began = Instant::now();
        let done = work()?;
        self.admission.observe(self.units, began.elapsed());
        Ok(done)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.admission.units_inside.fetch_sub(self.units, Ordering::AcqRel);
    }
}

fn pace(units: u64, took: Duration) -> u64 {
    let picos = took.as_nanos().saturating_mul(PICOS_PER_NANO) / u128::from(units.max(1));
    u64::try_from(picos).unwrap_or(u64::MAX).max(1)
}

fn time_of(units: u64, pace_picos: u64, threads: u32) -> Duration {
    let nanos = u128::from(units) * u128::from(pace_picos) / u128::from(threads) / PICOS_PER_NANO;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: u64 = 38_912; // m=19456, t=2
    const HASH: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_secs(10);

    fn admission(threads: u32, max_wait_millis: u64) -> Arc<Admission> {
        Arc::new(Admission::new(threads, Duration::from_millis(max_wait_millis), UNITS, HASH))
    }

    fn roughly(actual: Duration, expected_millis: u64) -> bool {
        actual.abs_diff(Duration::from_millis(expected_millis)) < Duration::from_micros(100)
    }

    #[test]
    fn the_wait_counts_running_work_and_is_shared_by_the_threads() {
        let admission = admission(2, 1_000);
        let inside: Vec<_> = (0..6).map(|_| admission.enter(UNITS, LONG).unwrap()).collect();
        assert!(roughly(admission.predicted_wait(), 30));
        drop(inside);
        assert_eq!(admission.predicted_wait(), Duration::ZERO);
    }

    #[test]
    fn a_wait_longer_than_allowed_is_refused_until_work_leaves() {
        let admission = admission(1, 25);
        let mut inside: Vec<_> = std::iter::from_fn(|| admission.enter(UNITS, LONG)).collect();
        assert_eq!(inside.len(), 3, "0, 10 and 20 ms of wait are allowed, 30 is not");
        assert!(admission.is_full());
        inside.pop();
        assert!(!admission.is_full());
        assert!(admission.enter(UNITS, LONG).is_some());
    }

    #[test]
    fn a_thread_is_idle_while_less_is_inside_than_all_of_them_work_on() {
        let two = admission(2, 1_000);
        assert!(two.has_idle_thread(UNITS));
        let _one = two.enter(UNITS, LONG).unwrap();
        assert!(two.has_idle_thread(UNITS));
        let _other = two.enter(UNITS, LONG).unwrap();
        assert!(!two.has_idle_thread(UNITS));
        let one = admission(1, 1_000);
        assert!(one.has_idle_thread(UNITS));
        let _inside = one.enter(1, LONG).unwrap();
        assert!(!one.has_idle_thread(UNITS));
    }

    #[test]
    fn work_that_would_end_after_the_deadline_is_refused() {
        let admission = admission(1, 1_000);
        let _running = admission.enter(UNITS, LONG).unwrap();
        assert!(admission.enter(UNITS, Duration::from_millis(15)).is_none(), "10 ms of wait and 10 of work");
        assert!(admission.enter(UNITS, Duration::from_millis(25)).is_some());
    }

    #[test]
    fn expensive_work_counts_as_what_it_costs() {
        let admission = admission(1, 50);
        let _expensive = admission.enter(UNITS * 6, LONG).unwrap();
        assert!(admission.enter(1, LONG).is_none(), "60 ms are before it");
    }

    #[test]
    fn who_finds_it_idle_gets_in_however_slow_the_pace_seems() {
        let admission = Arc::new(Admission::new(1, Duration::from_millis(1), 8, Duration::from_hours(1)));
        let first = admission.enter(8, Duration::from_millis(5));
        assert!(first.is_some() && admission.enter(8, LONG).is_none());
    }

    #[test]
    fn the_pace_follows_what_is_measured_but_not_one_outlier() {
        let admission = admission(1, 1_000);
        let wait = || {
            let _one = admission.enter(UNITS, LONG).unwrap();
            admission.predicted_wait()
        };
        admission.observe(UNITS, Duration::from_secs(500));
        assert!(wait() < Duration::from_millis(20), "an outlier counts as 8 × the average");
        for _ in 0..64 {
            admission.observe(UNITS, Duration::from_millis(40));
        }
        assert!(roughly(wait(), 40));
        for _ in 0..200 {
            admission.observe(UNITS, Duration::from_millis(10));
        }
        assert!(roughly(wait(), 10));
    }

    #[test]
    fn places_follow_from_the_longest_wait() {
        assert_eq!(admission(2, 1_000).places(), 400);
        assert_eq!((admission(1, 1).places(), admission(64, 60_000).places()), (LEAST_PLACES, MOST_PLACES));
    }

    #[test]
    fn under_contention_nothing_is_let_in_twice_and_everything_leaves() {
        let admission = admission(1, 25);
        let admitted: usize = std::thread::scope(|scope| {
            let enter = || (0..100).filter_map(|_| admission.enter(UNITS, LONG)).collect::<Vec<_>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(enter)).collect();
            let inside: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            inside.iter().map(Vec::len).sum()
        });
        assert_eq!((admitted, admission.predicted_wait()), (3, Duration::ZERO));
    }
}
