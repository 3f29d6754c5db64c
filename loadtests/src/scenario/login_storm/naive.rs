//! The same storm at a server that hashes the naive way, for what it does to everybody else and to memory.

use serde_json::{Value, json};

use super::super::traffic::Fixed;
use super::{Asked, Findings, Stage, mib};
use crate::baseline::Baseline;
use crate::driver::request::post_json;
use crate::driver::{Pace, Share, Span, Stream};

/// Each sign-in there takes 19 MiB of its own: so many at once, and the machine still has room for others.
const IN_FLIGHT: usize = 128;
const CHECKS: Pace = Pace::Open { per_second: 200.0, in_flight: 256 };

pub fn run(stage: &Stage, findings: &mut Findings, capacity: f64) -> anyhow::Result<()> {
    let naive = Baseline::start("naive", &Value::Null)?;
    let node = naive.node();
    let fixed =
        |path: &'static str| move |_: Share| Fixed::new(vec![post_json(path, &json!({ "password": "donkey" }))]);
    let logins = Pace::Open { per_second: super::TIMES_CAPACITY * capacity, in_flight: IN_FLIGHT };
    let streams = vec![Stream::new("login", logins, fixed("/login")), Stream::new("check", CHECKS, fixed("/check"))];
    let span = Span::of(super::WARM_UP, stage.seconds(6, 20));
    let phase = stage.phase("naive server", &Asked::one(&node, None), streams, span)?;
    findings.measure("naive_logins", super::rate(&phase), "/s");
    findings.measure("naive_peak_mib", mib(phase.peak_bytes().unwrap_or_default()), "MiB");
    findings.measure_if("naive_check_p99_ms", phase.stream("check").map(|check| check.judged.p99), "ms");
    findings
        .note(format!("The naive server is given at most {IN_FLIGHT} sign-ins at once; without a bound memory ends."));
    findings.phases.push(phase);
    Ok(())
}
