//! When questions are due: arrivals of an open loop, fixed by rate and seed before anything was asked.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use crate::dice::Dice;

/// A lane's number, and when its question was due.
pub type Due = (usize, Instant);

/// People who know nothing of each other: exponential pauses (a Poisson process).
pub struct Arrivals {
    next: Instant,
    mean_seconds: f64,
    dice: Dice,
}

impl Arrivals {
    pub fn new(begin: Instant, per_second: f64, dice: Dice) -> Self {
        let mut arrivals = Self { next: begin, mean_seconds: 1.0 / per_second.max(1e-6), dice };
        arrivals.step();
        arrivals
    }

    fn step(&mut self) {
        // 1 − unit is never zero, so its logarithm is a number.
        let pause = -(1.0 - self.dice.unit()).ln() * self.mean_seconds;
        self.next += Duration::from_secs_f64(pause.min(3_600.0));
    }
}

/// Tells of each arrival when it is due, until `end`. It has a thread of its own: tokio's timers are good to a
/// millisecond, which is longer than most answers take. The channel needs no bound, since arrivals do not depend on who
/// listens, and whoever listens only has to hand them out.
pub fn keep_time(mut lanes: Vec<(usize, Arrivals)>, end: Instant, tell: &UnboundedSender<Due>) {
    loop {
        let Some((lane, arrivals)) = lanes.iter_mut().min_by_key(|(_, arrivals)| arrivals.next) else { return };
        let due = arrivals.next;
        if due >= end {
            return;
        }
        let pause = due.saturating_duration_since(Instant::now());
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
        if tell.send((*lane, due)).is_err() {
            return;
        }
        arrivals.step();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_keep_their_rate_and_their_seed() {
        let begin = Instant::now();
        let after = |seed: u64| {
            let mut arrivals = Arrivals::new(begin, 1_000.0, Dice::new(seed));
            (0..100_000).for_each(|_| arrivals.step());
            arrivals.next - begin
        };
        let seconds = after(1).as_secs_f64();
        assert!((99.0..101.0).contains(&seconds), "{seconds}");
        assert_eq!(after(1), after(1));
        assert_ne!(after(1), after(2));
    }
}
