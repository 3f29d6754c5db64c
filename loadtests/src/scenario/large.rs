//! Lists and searches with very many users ÷ with few; and how the many came in.

mod lists;

use std::time::Duration;

use anyhow::Context as _;

use super::{Asked, Findings, Scenario, Stage};
use crate::driver::line::Targets;
use crate::driver::request::{With as _, get};
use crate::driver::{Pace, Span, Stream};
use crate::http::ask_once;
use crate::numbers::{count, ratio};
use crate::place::own::Own;
use crate::place::people::{self, Imported, import};
use crate::place::server::Server;
use crate::place::sign_in::{sign_in, token_of};
use crate::place::{Node, ServiceClient};
use crate::report::model::Phase;

const FEW: usize = 1_000;
/// People who sign in, so that there are sessions and events to list.
const SIGNED_IN: usize = 100;
const PACE: Pace = Pace::Open { per_second: 50.0, in_flight: 128 };
const WARM_UP: Duration = Duration::from_secs(1);

pub struct Large;

impl Scenario for Large {
    fn name(&self) -> &'static str {
        "large"
    }

    fn about(&self) -> &'static str {
        "lists and searches with a million users (a quick run: 200,000) ÷ with a thousand; rows a second of the import"
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let few = Filled::with(stage, FEW)?;
        let many = Filled::with(stage, stage.pick(200_000, 1_000_000))?;
        let Imported { rows, took, peak_bytes, growth } = many.imported;
        findings.measure("import_rate", count(rows) / took.as_secs_f64(), "rows/s");
        findings.measure("import_peak_mib", super::mib(peak_bytes), "MiB");
        findings.measure_if("import_memory_growth", growth, "× its first half");

        let span = Span::of(WARM_UP, stage.seconds(8, 30));
        let at_few = few.phase(stage, "lists of few", span)?;
        let at_many = many.phase(stage, "lists of many", span)?;
        let mut worst: f64 = 0.0;
        for stream in &at_many.streams {
            let before = at_few.stream(&stream.name).map_or(0.0, |stream| stream.judged.p50);
            findings.measure(&format!("{}_p50_ms", stream.name), stream.judged.p50, "ms");
            if let Some(ratio) = ratio(stream.judged.p50, before) {
                findings.measure(&format!("{}_ratio", stream.name), ratio, "× few");
                worst = worst.max(ratio);
            }
        }
        findings.measure("worst_ratio", worst, "× few");
        findings.phases.extend([at_few, at_many]);
        findings.measure("errors", findings.errors(), "");
        few.server.stop()?;
        many.server.stop()?;
        Ok(findings)
    }
}

/// A server with people in it.
struct Filled {
    server: Server,
    node: Node,
    client: ServiceClient,
    people: usize,
    imported: Imported,
    /// Its folder goes after the server.
    _own: Own,
}

impl Filled {
    fn with(stage: &Stage, people: usize) -> anyhow::Result<Self> {
        stage.live.say(&format!("  importing {people} users …"));
        let own = stage.own(&[])?;
        let imported = import(&own, 0..people, false)?;
        let client = own.service_client("large")?;
        let server = own.serve(&[])?;
        let node = server.node();
        sign_in(&Targets::one(node.address), 0..SIGNED_IN)?;
        Ok(Self { server, node, client, people, imported, _own: own })
    }

    fn phase(&self, stage: &Stage, name: &str, span: Span) -> anyhow::Result<Phase> {
        let asked = Asked::one(&self.node, Some(&self.client));
        let token = token_of(&asked.targets, &self.client)?;
        // The first of those who signed in.
        let found = ask_once(self.node.address, get(&lists::search(&people::name(0))).bearer(&token))?.json();
        let id = found["items"][0]["id"].as_str().context("nobody was found")?.to_owned();
        let streams = lists::LISTS.iter().map(|list| {
            let (token, people, id) = (token.clone(), self.people, id.clone());
            Stream::new(list.name, PACE, move |_| lists::Listing::new(list, &token, people, &id))
        });
        stage.phase(name, &asked, streams.collect(), span)
    }
}
