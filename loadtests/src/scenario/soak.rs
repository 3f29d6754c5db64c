//! The day's mix for hours: what grows does so slowly, and shows here.

use std::sync::Arc;
use std::time::Duration;

use super::steady::{DAY, day};
use super::{Asked, Findings, Scenario, Stage};
use crate::driver::Span;
use crate::driver::line::Targets;
use crate::numbers::{median, ratio};
use crate::place::people::import;
use crate::place::sign_in::sign_in;
use crate::report::model::Phase;

const PEOPLE: usize = 20_000;
const SIGNED_IN: usize = 200;
/// After which caches are filled and pools have their connections.
const WARM_UP: Duration = Duration::from_mins(2);

pub struct Soak;

impl Scenario for Soak {
    fn name(&self) -> &'static str {
        "soak"
    }

    fn about(&self) -> &'static str {
        "the day's mix for an hour (a quick run: five minutes); memory and latency at the end ÷ at the beginning"
    }

    fn in_all(&self) -> bool {
        false
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        // Access tokens are looked at for the whole time, so they live as long.
        let own = stage.own(&[("JWT_ACCESS_TOKEN_EXPIRES", "86400"), ("SWEEP_INTERVAL", "60")])?;
        import(&own, 0..PEOPLE, false)?;
        let client = own.service_client("soak")?;
        let server = own.serve(&[])?;
        let node = server.node();
        let people = Arc::new(sign_in(&Targets::one(node.address), 0..SIGNED_IN)?);
        let span = Span::of(stage.pick(Duration::from_secs(30), WARM_UP), stage.seconds(300, 3_600));
        let streams = day(DAY, PEOPLE, &people, &client);
        let phase = stage.phase("soak", &Asked::one(&node, Some(&client)), streams, span)?;
        findings.measure_if("memory_growth", growth(&memory(&phase)), "× the beginning");
        for stream in &phase.streams {
            let p99: Vec<f64> = stream.seconds.iter().map(|second| second.p99_ms).collect();
            findings.measure_if(&format!("{}_p99_growth", stream.name), growth(&p99), "× the beginning");
        }
        findings.phases.push(phase);
        findings.measure("errors", findings.errors(), "");
        server.stop()?;
        Ok(findings)
    }
}

fn memory(phase: &Phase) -> Vec<f64> {
    phase.samples.iter().filter_map(|sample| sample.resident_bytes).map(super::mib).collect()
}

/// The median of the last tenth ÷ that of the first.
fn growth(values: &[f64]) -> Option<f64> {
    let tenth = (values.len() / 10).max(1);
    let (first, last) = (values.get(..tenth)?, values.get(values.len().checked_sub(tenth)?..)?);
    ratio(median(last), median(first))
}
