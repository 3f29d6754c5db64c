//! A million dead sessions with their families go while people work, and nobody should notice.

mod dead;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::rates::{clients, column, rate, ratios};
use super::traffic::{Holders, Refreshing, holders};
use super::{Asked, Findings, Scenario, Stage};
use crate::driver::line::Targets;
use crate::driver::{Pace, Span, Stream};
use crate::http::run_here;
use crate::numbers::count;
use crate::place::ServiceClient;
use crate::place::own::Own;
use crate::place::people::import;
use crate::place::sign_in::sign_in;
use crate::report::model::Phase;

const SIGNED_IN: usize = 64;
/// Renewals a second beside the sweep: what the goal was set with.
const RENEWALS: Pace = Pace::Open { per_second: 800.0, in_flight: 512 };
/// Longer than the interval of [`OFTEN`], so that the sweep has begun.
const WARM_UP: Duration = Duration::from_secs(3);
/// One that begins at once, and one that never does, for the baseline.
const OFTEN: [(&str, &str); 1] = [("SWEEP_INTERVAL", "1")];
const NEVER: [(&str, &str); 1] = [("SWEEP_INTERVAL", "86400")];

pub struct Sweep;

impl Scenario for Sweep {
    fn name(&self) -> &'static str {
        "sweep"
    }

    fn about(&self) -> &'static str {
        "renewals while dead rows are swept (a million in a full run) ÷ the same without a sweep, in turns"
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let own = stage.own(&[])?;
        import(&own, 0..SIGNED_IN, false)?;
        let client = own.service_client("sweep")?;
        let server = own.serve(&NEVER)?;
        let renewing = Arc::new(holders(&sign_in(&Targets::one(server.address), 0..SIGNED_IN)?));
        server.stop()?;

        let rows = stage.pick(300_000, 1_000_000);
        stage.live.say(&format!("  making {rows} dead sessions …"));
        let began = Instant::now();
        run_here(dead::make(&own, rows))??;
        findings.measure("seeded_rate", count(rows) / began.elapsed().as_secs_f64(), "rows/s");

        let ground = Ground { stage, own: &own, client: &client, renewing: &renewing };
        let (mut p99s, mut rates, mut swept) = (Vec::new(), Vec::new(), Vec::new());
        for round in 1..=stage.pick(3, 5) {
            let without = ground.round(&NEVER, &format!("without {round}"))?;
            let before = run_here(dead::left(&own))??;
            let during = ground.round(&OFTEN, &format!("sweeping {round}"))?;
            let left = run_here(dead::left(&own))??;
            ensure!(left < before, "nothing was swept: it says nothing");
            ensure!(left > 0.0, "the sweep was over before the measuring was: it says nothing");
            swept.push(before - left);
            let p99 = |[paced, _]: &[Phase; 2]| paced.stream("refresh").map_or(0.0, |stream| stream.judged.p99);
            p99s.push([p99(&during), p99(&without)]);
            rates.push([rate(&during[1]), rate(&without[1])]);
            findings.phases.extend(without.into_iter().chain(during));
        }
        findings.rounds("p99_ratio", ratios(&p99s), "× without");
        findings.rounds("p99_ms", column(&p99s, 0), "ms");
        findings.rounds("throughput_ratio", ratios(&rates), "of that without");
        findings.rounds("throughput", column(&rates, 0), "/s");
        findings.rounds("swept", swept, "rows");
        findings.measure("errors", findings.errors(), "");
        Ok(findings)
    }
}

struct Ground<'a> {
    stage: &'a Stage,
    own: &'a Own,
    client: &'a ServiceClient,
    renewing: &'a Holders,
}

impl Ground<'_> {
    /// A node with these settings: at a pace, and then as many renewals as go.
    fn round(&self, settings: &[(&str, &str)], name: &str) -> anyhow::Result<[Phase; 2]> {
        run_here(dead::end_lease(self.own))??;
        let server = self.own.serve(settings)?;
        let node = server.node();
        let asked = Asked::one(&node, Some(self.client));
        let phase = |name: &str, pace: Pace, warm_up: Duration| {
            let renewing = Arc::clone(self.renewing);
            let stream = Stream::new("refresh", pace, move |share| Refreshing::new(&renewing, share));
            self.stage.phase(name, &asked, vec![stream], Span::of(warm_up, self.stage.seconds(6, 20)))
        };
        let paced = phase(name, RENEWALS, WARM_UP)?;
        let full = phase(&format!("{name}, as many as go"), clients(SIGNED_IN), Duration::from_millis(500))?;
        server.stop()?;
        Ok([paced, full])
    }
}
