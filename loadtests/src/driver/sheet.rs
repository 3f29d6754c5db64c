//! What is written down of the answers: how many of which kind, and how long they took.

use anyhow::Context as _;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// A minute: no request waits for longer.
const LONGEST_MICROS: u64 = 60_000_000;
/// Three digits: a value is good to a thousandth.
const DIGITS: u8 = 3;

/// What an errand came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What was asked for.
    Good,
    /// A no that was asked for, and cost the server as much: a wrong password.
    Denied,
    /// Too much was asked, and the server said so: 429, 503.
    Refused,
    /// Anything else.
    Wrong,
    /// No answer.
    Lost,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub good: u64,
    pub denied: u64,
    pub refused: u64,
    pub wrong: u64,
    pub lost: u64,
    /// Arrivals that were not asked, because too many were under way.
    pub over: u64,
}

impl Counts {
    /// What cost the server the work that was asked for.
    pub const fn judged(&self) -> u64 {
        self.good + self.denied
    }

    /// What a client would call an error.
    pub const fn errors(&self) -> u64 {
        self.wrong + self.lost
    }

    fn add(&mut self, other: Self) {
        let Self { good, denied, refused, wrong, lost, over } = other;
        self.good += good;
        self.denied += denied;
        self.refused += refused;
        self.wrong += wrong;
        self.lost += lost;
        self.over += over;
    }
}

/// One stream's, of one thread and one second, or of all of them together.
#[derive(Clone)]
pub struct Sheet {
    pub counts: Counts,
    /// Of good answers and denials, from the moment at which they were due.
    pub judged: Histogram<u64>,
    pub refused: Histogram<u64>,
    /// How late the generator itself was: from when a question was due to when it was sent.
    pub behind: Histogram<u64>,
}

impl Sheet {
    pub fn new() -> anyhow::Result<Self> {
        let histogram = || Histogram::new_with_bounds(1, LONGEST_MICROS, DIGITS).context("a histogram's bounds");
        Ok(Self { counts: Counts::default(), judged: histogram()?, refused: histogram()?, behind: histogram()? })
    }

    pub fn note(&mut self, outcome: Outcome, took_micros: u64, behind_micros: u64) {
        let Counts { good, denied, refused, wrong, lost, .. } = &mut self.counts;
        let (counter, histogram) = match outcome {
            Outcome::Good => (good, Some(&mut self.judged)),
            Outcome::Denied => (denied, Some(&mut self.judged)),
            Outcome::Refused => (refused, Some(&mut self.refused)),
            Outcome::Wrong => (wrong, None),
            Outcome::Lost => (lost, None),
        };
        *counter += 1;
        if let Some(histogram) = histogram {
            histogram.saturating_record(took_micros.max(1));
        }
        self.behind.saturating_record(behind_micros.max(1));
    }

    pub const fn note_over(&mut self) {
        self.counts.over += 1;
    }

    /// Moves what is here into `whole`, and begins anew.
    pub fn pour_into(&mut self, whole: &mut Self) -> anyhow::Result<()> {
        whole.counts.add(self.counts);
        whole.judged.add(&self.judged).context("histograms of one kind")?;
        whole.refused.add(&self.refused).context("histograms of one kind")?;
        whole.behind.add(&self.behind).context("histograms of one kind")?;
        self.counts = Counts::default();
        for histogram in [&mut self.judged, &mut self.refused, &mut self.behind] {
            histogram.reset();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_on_the_way() {
        let (mut part, mut whole) = (Sheet::new().unwrap(), Sheet::new().unwrap());
        part.note(Outcome::Good, 1_000, 10);
        part.note(Outcome::Refused, 200_000_000, 10);
        part.note(Outcome::Lost, 5, 10);
        part.note_over();
        part.pour_into(&mut whole).unwrap();
        assert_eq!((part.counts, part.judged.len()), (Counts::default(), 0));
        assert_eq!((whole.counts.good, whole.counts.refused, whole.counts.errors(), whole.counts.over), (1, 1, 1, 1));
        assert_eq!((whole.judged.len(), whole.refused.max() >= LONGEST_MICROS), (1, true));
    }
}
