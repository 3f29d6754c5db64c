//! What a report says of this machine.

use anyhow::Context as _;

use crate::numbers::count;
use crate::report::model::{Report, ScenarioReport};

/// Processor time of a node for one of each, in microseconds of a core, and what one primary took.
#[derive(Clone, Debug)]
pub struct Measured {
    pub database: String,
    pub processor: String,
    pub cores: f64,
    pub login_micros: f64,
    pub refresh_micros: f64,
    pub introspection_micros: f64,
    /// Of all of the machine, a second.
    pub rotations: f64,
    pub idle_mib: Option<f64>,
    pub day: Option<Day>,
}

/// What `steady` asked in a second, and how many cores its node was busy with.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    pub logins: f64,
    pub refreshes: f64,
    pub introspections: f64,
    pub looks: f64,
    pub cores: f64,
}

impl Measured {
    pub fn of(report: &Report) -> anyhow::Result<Self> {
        let needed = |scenario: &str, name: &str| {
            measure(report, scenario, name).with_context(|| format!("the report has no {scenario}.{name}"))
        };
        Ok(Self {
            database: report.database.clone(),
            processor: report.machine.processor.clone(),
            cores: count(report.machine.cores),
            login_micros: needed("login-storm", "cost")?,
            refresh_micros: needed("refresh-race", "cost")?,
            introspection_micros: needed("introspect", "cost")?,
            rotations: needed("refresh-race", "rate")?,
            idle_mib: measure(report, "start", "idle_mib"),
            day: day(report),
        })
    }
}

fn scenario<'a>(report: &'a Report, name: &str) -> Option<&'a ScenarioReport> {
    report.scenarios.iter().find(|scenario| scenario.name == name)
}

fn measure(report: &Report, name: &str, measure: &str) -> Option<f64> {
    let found = scenario(report, name)?.measures.iter().find(|known| known.name == measure)?;
    (found.value > 0.0).then_some(found.value)
}

fn day(report: &Report) -> Option<Day> {
    let phase = scenario(report, "steady")?.phases.first()?;
    let rate = |name: &str| phase.stream(name).map(|stream| stream.judged_rate);
    Some(Day {
        logins: rate("login")?,
        refreshes: rate("refresh")?,
        introspections: rate("introspect")?,
        looks: rate("me")?,
        cores: phase.busy_cores()?,
    })
}
