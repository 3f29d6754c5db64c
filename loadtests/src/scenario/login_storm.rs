//! A storm of sign-ins, ten times what the server can bear, half of them wrong; beside it everybody else's requests,
//! whose answers should not be later for it.

mod calm;
mod naive;

use std::time::Duration;

use anyhow::Context as _;

use self::calm::Calm;
use super::rates::{clients, costs, rate};
use super::traffic::{LoggingIn, Turn};
use super::{Asked, Findings, Scenario, Stage, mib};
use crate::baseline::hashing;
use crate::driver::line::Targets;
use crate::driver::{Pace, Span, Stream};
use crate::numbers::{cores, count, ratio};
use crate::place::people::{COST, import};
use crate::place::sign_in::sign_in;
use crate::report::model::Phase;
use crate::watch::process::{Process, forget_peak, peak_bytes};

/// So that no account sees more failures than throttling lets it have.
const PEOPLE: usize = 20_000;
const SIGNED_IN: usize = 64;
const CLIENTS: usize = 32;
const TIMES_CAPACITY: f64 = 10.0;
const WRONG_PERCENT: usize = 50;
/// The server refuses within 100 ms and keeps at most two seconds' worth of work, so this is never reached by one that
/// does what it promises.
const IN_FLIGHT: usize = 8_192;
const NETWORKS: usize = 1_000_000;
const WARM_UP: Duration = Duration::from_secs(1);
const BARE_SLICE: Duration = Duration::from_millis(1_500);

pub struct LoginStorm;

impl Scenario for LoginStorm {
    fn name(&self) -> &'static str {
        "login-storm"
    }

    fn about(&self) -> &'static str {
        "sign-ins at ten times capacity, half of them wrong, with renewals and introspection beside them"
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let own = stage.own(&[])?;
        import(&own, 0..PEOPLE, false)?;
        let client = own.service_client("storm")?;
        let server = own.serve(&[])?;
        let node = server.node();
        let id = node.process.context("a process")?;
        // Before the first hash: what hashers keep counts as the storm's.
        let idle_bytes = Process::new(id).resident_bytes().context("the node's memory")?;
        let people = sign_in(&Targets::one(node.address), 0..SIGNED_IN)?;
        let calm = Calm::new(&people, client.clone());
        let asked = Asked::one(&node, Some(&client));

        let capacity = capacity(stage, &mut findings, &asked)?;
        let idle = stage.phase("idle", &asked, calm.streams(), Span::of(WARM_UP, stage.seconds(8, 30)))?;
        forget_peak(id);
        let pace = Pace::Open { per_second: TIMES_CAPACITY * capacity, in_flight: IN_FLIGHT };
        let streams = [vec![logging_in(pace, WRONG_PERCENT)], calm.streams()].concat();
        let storm = stage.phase("storm", &asked, streams, Span::of(WARM_UP, stage.seconds(15, 60)))?;
        let peak = peak_bytes(id).context("the node's memory")?;
        let kept = mib(u64::from(COST.memory_kib) * 1024) * count(cores());
        findings.measure("memory_beyond_hashes_mib", mib(peak.saturating_sub(idle_bytes)) - kept, "MiB");
        told(&mut findings, &idle, &storm, capacity);
        findings.phases.extend([idle, storm]);
        findings.measure("errors", findings.errors(), "");
        findings.measure("not_asked", findings.not_asked(), "");
        server.stop()?;
        naive::run(stage, &mut findings, capacity)?;
        Ok(findings)
    }
}

fn logging_in(pace: Pace, wrong_percent: usize) -> Stream {
    Stream::new("login", pace, move |share| LoggingIn {
        people: PEOPLE,
        turn: Turn::new(share),
        wrong_percent,
        networks: NETWORKS,
    })
}

/// Sign-ins a second of a closed loop, the generator discounted; in turns with the bare loop.
fn capacity(stage: &Stage, findings: &mut Findings, asked: &Asked<'_>) -> anyhow::Result<f64> {
    let bare = || hashing::rate(cores(), BARE_SLICE);
    let span = Span::of(Duration::from_millis(500), stage.seconds(3, 5));
    let (mut bares, mut rates) = (vec![bare()?], Vec::new());
    for round in 1..=stage.pick(3, 7) {
        let phase = stage.phase(&format!("capacity {round}"), asked, vec![logging_in(clients(CLIENTS), 0)], span)?;
        rates.push(phase.discounted(rate(&phase)));
        findings.phases.push(phase);
        bares.push(bare()?);
    }
    // The bare loop just before and just after a round stands for what it would have been during it.
    let during = bares.windows(2).map(|pair| pair.iter().sum::<f64>() / 2.0);
    let of_bare = rates.iter().zip(during).filter_map(|(rate, bare)| ratio(*rate, bare)).collect();
    findings.rounds("of_bare_loop", of_bare, "");
    findings.rounds("bare_loop", bares, "hashes/s");
    let capacity = crate::numbers::median(&rates);
    findings.rounds("capacity", rates, "logins/s");
    findings.rounds("cost", costs(findings, "capacity"), "µs of a core");
    Ok(capacity)
}

fn told(findings: &mut Findings, idle: &Phase, storm: &Phase, capacity: f64) {
    if let Some(logins) = storm.stream("login") {
        // Right ones and wrong ones: each costs a hash.
        findings.measure_if("goodput", ratio(storm.discounted(logins.judged_rate), capacity), "of capacity");
        findings.measure("goodput_rate", logins.judged_rate, "/s");
        findings.measure("refusal_p99_ms", logins.refused.p99, "ms");
        findings.measure("login_p99_ms", logins.judged.p99, "ms");
    }
    for name in calm::NAMES {
        if let (Some(before), Some(during)) = (idle.stream(name), storm.stream(name)) {
            findings.measure(&format!("{name}_p99_ms"), during.judged.p99, "ms");
            findings.measure_if(&format!("{name}_p99_of_idle"), ratio(during.judged.p99, before.judged.p99), "× idle");
        }
    }
    findings.note("Goodput counts every sign-in that was judged, right or wrong: each of them costs a hash.");
}
