//! A report's words: what is measured, and what it is made of.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::machine::Machine;
use crate::driver::sheet::{Counts, Sheet};
use crate::numbers::{float, median, ratio};
use crate::verdict::Verdict;
use crate::watch::Sample;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub machine: Machine,
    pub database: String,
    pub seed: u64,
    /// Shorter phases and fewer people: it shows that everything works, and its figures are rougher.
    pub quick: bool,
    pub scenarios: Vec<ScenarioReport>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScenarioReport {
    pub name: String,
    pub about: String,
    pub seconds: f64,
    pub phases: Vec<Phase>,
    pub measures: Vec<Measure>,
    pub notes: Vec<String>,
    pub verdicts: Vec<Verdict>,
    /// Why it did not come to its end.
    pub failure: Option<String>,
}

impl ScenarioReport {
    /// It came to its end, and every threshold held.
    pub fn is_green(&self) -> bool {
        self.failure.is_none() && self.verdicts.iter().all(|verdict| verdict.reached)
    }
}

/// One figure. Where it was taken in rounds, the median of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measure {
    pub name: String,
    pub value: f64,
    pub unit: String,
    pub rounds: Vec<f64>,
}

impl Measure {
    pub fn one(name: &str, value: f64, unit: &str) -> Self {
        Self { name: name.to_owned(), value, unit: unit.to_owned(), rounds: Vec::new() }
    }

    pub fn median_of(name: &str, rounds: Vec<f64>, unit: &str) -> Self {
        Self { name: name.to_owned(), value: median(&rounds), unit: unit.to_owned(), rounds }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Phase {
    pub name: String,
    /// Of what counts.
    pub seconds: f64,
    /// The part of the cores' time that the generator took for itself.
    pub generator_share: f64,
    pub streams: Vec<StreamReport>,
    pub samples: Vec<Sample>,
}

impl Phase {
    pub fn stream(&self, name: &str) -> Option<&StreamReport> {
        self.streams.iter().find(|stream| stream.name == name)
    }

    /// The most that was seen at any look.
    pub fn peak_bytes(&self) -> Option<u64> {
        self.samples.iter().filter_map(|sample| sample.resident_bytes).max()
    }

    /// How many cores the node was busy with.
    pub fn busy_cores(&self) -> Option<f64> {
        let seconds = self.samples.iter().filter_map(|sample| sample.node_seconds).sum::<f64>();
        ratio(seconds, self.samples.last()?.at).filter(|cores| *cores > 0.0)
    }

    /// Of the node's processor time, microseconds for one answer, over all streams.
    pub fn cost_micros(&self) -> Option<f64> {
        let seconds = self.samples.iter().filter_map(|sample| sample.node_seconds).sum::<f64>();
        ratio(seconds * 1e6, float(self.streams.iter().map(|stream| stream.counts.judged()).sum()))
    }

    /// A rate as if the generator had taken nothing of the cores.
    pub fn discounted(&self, rate: f64) -> f64 {
        rate / (1.0 - self.generator_share).max(0.05)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamReport {
    pub name: String,
    pub pace: String,
    pub counts: Counts,
    /// Good answers a second.
    pub good_rate: f64,
    /// Good answers and denials a second: what the work was done for.
    pub judged_rate: f64,
    pub judged: Latency,
    pub refused: Latency,
    /// How late the generator was at its worst hundredth: near the latencies, it is the generator that was measured.
    pub behind_p99_ms: f64,
    pub seconds: Vec<Second>,
}

impl StreamReport {
    pub fn new(name: &str, pace: String, whole: &Sheet, span_seconds: f64, seconds: Vec<Second>) -> Self {
        let counts = whole.counts;
        Self {
            name: name.to_owned(),
            pace,
            counts,
            good_rate: float(counts.good) / span_seconds,
            judged_rate: float(counts.judged()) / span_seconds,
            judged: Latency::of(&whole.judged),
            refused: Latency::of(&whole.refused),
            behind_p99_ms: Latency::of(&whole.behind).p99,
            seconds,
        }
    }
}

/// In milliseconds. All 0 where nothing came.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Latency {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

impl Latency {
    pub fn of(histogram: &Histogram<u64>) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        let at = |quantile: f64| float(histogram.value_at_quantile(quantile)) / 1_000.0;
        let max = float(histogram.max()) / 1_000.0;
        Self { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max }
    }
}

/// One second of a stream.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Second {
    pub at: f64,
    pub counts: Counts,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub refused_p99_ms: f64,
}

impl Second {
    pub fn of(at: f64, sheet: &Sheet) -> Self {
        let judged = Latency::of(&sheet.judged);
        let refused_p99_ms = Latency::of(&sheet.refused).p99;
        Self { at, counts: sheet.counts, p50_ms: judged.p50, p99_ms: judged.p99, refused_p99_ms }
    }
}
