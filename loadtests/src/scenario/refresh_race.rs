//! Rotation: how many of them there can be, and what becomes of one token that many show at once.

mod racing;
mod rotating;

use std::sync::Arc;
use std::time::Duration;

use self::racing::{CALLERS, Racing};
use super::rates::clients;
use super::traffic::holders;
use super::{Asked, Findings, Scenario, Stage};
use crate::driver::line::Targets;
use crate::driver::{Span, Stream};
use crate::place::people::import;
use crate::place::sign_in::sign_in;

/// Sessions of the first part, each with a client of its own.
const ALONE: usize = 64;
/// Sessions of the race, each with several.
const RACED: usize = 16;
const WARM_UP: Duration = Duration::from_millis(500);

pub struct RefreshRace;

impl Scenario for RefreshRace {
    fn name(&self) -> &'static str {
        "refresh-race"
    }

    fn about(&self) -> &'static str {
        "rotations of 64 clients ÷ one transaction a request; many clients on one token, with retries after lost answers"
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let own = stage.own(&[])?;
        import(&own, 0..ALONE + RACED, false)?;
        let client = own.service_client("refresh")?;
        let server = own.serve(&[])?;
        let node = server.node();
        let asked = Asked::one(&node, Some(&client));
        let targets = Targets::one(node.address);

        let alone = Arc::new(holders(&sign_in(&targets, 0..ALONE)?));
        rotating::run(stage, &mut findings, &asked, &alone)?;

        let raced = Arc::new(sign_in(&targets, ALONE..ALONE + RACED)?);
        let stream = Stream::new("race", clients(RACED * CALLERS), move |share| Racing::new(&raced, share));
        let span = Span::of(WARM_UP, stage.seconds(6, 30));
        let phase = stage.phase("race", &asked, vec![stream], span)?;
        findings.measure("race_rate", phase.streams.first().map_or(0.0, |race| race.good_rate), "/s");
        findings.measure("race_p99_ms", phase.streams.first().map_or(0.0, |race| race.judged.p99), "ms");
        findings.phases.push(phase);
        findings.measure("errors", findings.errors(), "");
        server.stop()?;
        Ok(findings)
    }
}
