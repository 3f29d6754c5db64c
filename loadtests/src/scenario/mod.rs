//! The scenarios: each prepares its own data, asks, and says what came of it as measures with a name.
//!
//! A scenario promises that each goal's two sides are taken in the same run, one after the other in turns, and that it
//! measures with throttling on unless it says otherwise. It judges nothing: the thresholds' file does.

mod introspect;
mod large;
mod login_storm;
mod mfa;
mod rates;
mod refresh_race;
mod restart;
mod soak;
mod stage;
mod start;
mod steady;
mod sweep;
mod traffic;
mod two_nodes;

use crate::place::database::Kind;
use crate::report::model::{Measure, Phase};

pub use self::stage::{Asked, Given, Stage};

/// What a scenario found.
#[derive(Default)]
pub struct Findings {
    pub phases: Vec<Phase>,
    pub measures: Vec<Measure>,
    pub notes: Vec<String>,
}

impl Findings {
    pub fn measure(&mut self, name: &str, value: f64, unit: &str) {
        self.measures.push(Measure::one(name, value, unit));
    }

    /// Nothing where there is no value: the verdict then says that it was not measured.
    pub fn measure_if(&mut self, name: &str, value: Option<f64>, unit: &str) {
        if let Some(value) = value {
            self.measure(name, value, unit);
        }
    }

    pub fn rounds(&mut self, name: &str, rounds: Vec<f64>, unit: &str) {
        if !rounds.is_empty() {
            self.measures.push(Measure::median_of(name, rounds, unit));
        }
    }

    /// Of all phases so far, what a client would call an error.
    pub fn errors(&self) -> f64 {
        let streams = self.phases.iter().flat_map(|phase| &phase.streams);
        crate::numbers::float(streams.map(|stream| stream.counts.errors()).sum())
    }

    /// Arrivals that were due and could not be asked: not 0, and the generator was at its end.
    pub fn not_asked(&self) -> f64 {
        let streams = self.phases.iter().flat_map(|phase| &phase.streams);
        crate::numbers::float(streams.map(|stream| stream.counts.over).sum())
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

fn mib(bytes: u64) -> f64 {
    crate::numbers::float(bytes) / (1024.0 * 1024.0)
}

pub trait Scenario: Sync {
    fn name(&self) -> &'static str;
    /// One sentence, for `loadtests list` and the report.
    fn about(&self) -> &'static str;
    /// Whether it can be held at a server that is there already, with nothing but HTTP.
    fn anywhere(&self) -> bool {
        false
    }
    /// Whether it says anything of nodes on this database.
    fn on(&self, _: Kind) -> bool {
        true
    }
    /// Whether `all` runs it: not what takes hours.
    fn in_all(&self) -> bool {
        true
    }
    fn run(&self, stage: &Stage) -> anyhow::Result<Findings>;
}

pub static ALL: [&dyn Scenario; 11] = [
    &introspect::Introspect,
    &steady::Steady,
    &refresh_race::RefreshRace,
    &login_storm::LoginStorm,
    &sweep::Sweep,
    &large::Large,
    &mfa::Mfa,
    &two_nodes::TwoNodes,
    &restart::Restart,
    &start::Start,
    &soak::Soak,
];
