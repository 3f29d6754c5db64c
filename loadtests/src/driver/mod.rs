//! The driver: puts questions at the times at which people would put them, and writes down when the answers came.
//!
//! It promises that a slow server cannot slow the questions down (open loop: arrivals are fixed beforehand, and latency
//! counts from the moment at which a question was due), that what it could not even ask is counted as such, and that
//! the same seed asks the same. It knows no scenario and judges nothing: whether an answer is a good one says the
//! `Traffic`.

pub mod addresses;
mod closed;
mod lane;
pub mod line;
mod open;
pub mod request;
pub mod run;
mod schedule;
pub mod sheet;

use std::sync::Arc;
use std::time::Duration;

use self::line::{Answer, Lost};
use self::request::Request;
use self::sheet::Outcome;
use crate::dice::Dice;

/// What one kind of caller asks. Each of the generator's threads has one of its own.
pub trait Traffic: Send {
    /// The next question; `None` where everybody waits for an answer already.
    fn ask(&mut self, dice: &mut Dice) -> Option<Ask>;
    /// What came of it: an outcome, or the next question of the same errand.
    fn hear(&mut self, who: usize, answer: Result<&Answer, &Lost>) -> Heard;
}

pub struct Ask {
    /// Whose errand it is: for the traffic's own use.
    pub who: usize,
    pub request: Request,
}

pub enum Heard {
    Over(Outcome),
    Then(Box<Request>),
}

/// How often is asked.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many arrivals a second, whatever the answers are. Beyond `in_flight` at once, an arrival is counted as `over`
    /// and not asked: memory has to end somewhere, and a run that comes there says so.
    Open { per_second: f64, in_flight: usize },
    /// So many callers, each of whom asks again as soon as there is an answer.
    Closed { clients: usize },
}

/// Of the people in a scenario, those that one thread speaks for.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    pub index: usize,
    pub of: usize,
}

impl Share {
    /// Every `of`-th, so that nobody is in two shares.
    pub fn take<T: Clone>(self, all: &[T]) -> Vec<T> {
        all.iter().skip(self.index).step_by(self.of).cloned().collect()
    }

    /// Of a whole number, what falls to this one: the sum over all shares is the whole.
    pub fn part(self, whole: usize) -> usize {
        whole / self.of + usize::from(self.index < whole % self.of)
    }
}

pub type Maker = Arc<dyn Fn(Share) -> Box<dyn Traffic> + Send + Sync>;

/// One kind of caller, and how often it asks.
#[derive(Clone)]
pub struct Stream {
    pub name: &'static str,
    pub pace: Pace,
    pub make: Maker,
}

impl Stream {
    pub fn new<T: Traffic + 'static>(
        name: &'static str,
        pace: Pace,
        make: impl Fn(Share) -> T + Send + Sync + 'static,
    ) -> Self {
        Self { name, pace, make: Arc::new(move |share| Box::new(make(share))) }
    }
}

/// How long, and how much of it at the beginning does not count.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub warm_up: Duration,
    pub measured: Duration,
}

impl Span {
    pub const fn of(warm_up: Duration, measured: Duration) -> Self {
        Self { warm_up, measured }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_the_whole() {
        let people: Vec<usize> = (0..10).collect();
        let shares = [0, 1, 2].map(|index| Share { index, of: 3 });
        let mut all: Vec<usize> = shares.iter().flat_map(|share| share.take(&people)).collect();
        all.sort_unstable();
        assert_eq!(all, people);
        assert_eq!(shares.map(|share| share.part(10)), [4, 3, 3]);
    }
}
