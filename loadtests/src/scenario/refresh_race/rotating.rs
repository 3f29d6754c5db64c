//! Each client has a session of its own: rotations a second, ÷ the same with one transaction a request.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use super::super::rates::{Side, clients, column, costs, in_turns, ratios};
use super::super::traffic::{Holders, Refreshing, outcome};
use crate::baseline::Baseline;
use crate::dice::Dice;
use crate::driver::line::{Answer, Lost};
use crate::driver::request::post_json;
use crate::driver::sheet::Outcome;
use crate::driver::{Ask, Heard, Pace, Share, Span, Stream, Traffic};
use crate::place::database::Kind;
use crate::place::own::Own;
use crate::scenario::{Asked, Findings, Stage};

/// As many units as a transaction may have in production.
const GROUP: usize = 64;
const WARM_UP: Duration = Duration::from_millis(300);

pub fn run(stage: &Stage, findings: &mut Findings, asked: &Asked<'_>, people: &Holders) -> anyhow::Result<()> {
    let span = Span::of(WARM_UP, stage.pick(Duration::from_millis(1_500), Duration::from_secs(4)));
    let stream = {
        let people = Arc::clone(people);
        Stream::new("refresh", clients(people.len()), move |share| Refreshing::new(&people, share))
    };
    if stage.kind != Kind::Sqlite {
        // A server's transactions are its own: batching there is not built, so there is nothing to compare with.
        let phase = stage.phase("rotations", asked, vec![stream], span)?;
        findings.measure("rate", super::super::rates::rate(&phase), "/s");
        findings.measure_if("cost", phase.cost_micros(), "µs of a core");
        findings.phases.push(phase);
        return Ok(());
    }
    let (alone, grouped) = (Rotations::start(stage, 1, people.len())?, Rotations::start(stage, GROUP, 1)?);
    let single = Rotations::start(stage, 1, 1)?;
    let rounds = stage.pick(3, 7);

    let ours = Side { name: "rotations", asked: Asked::one(asked.node, None), stream };
    let (alone_node, grouped_node, single_node) = (alone.node(), grouped.node(), single.node());
    let theirs = alone.side("a transaction each", &alone_node, clients(people.len()));
    let pairs = in_turns(stage, findings, rounds, span, &[&ours, &theirs])?;
    findings.rounds("rate", column(&pairs, 0), "/s");
    findings.rounds("alone_rate", column(&pairs, 1), "/s");
    findings.rounds("ratio", ratios(&pairs), "");
    findings.rounds("cost", costs(findings, ours.name), "µs of a core");

    let with = grouped.side("one client, groups", &grouped_node, clients(1));
    let without = single.side("one client, alone", &single_node, clients(1));
    let pairs = in_turns(stage, findings, rounds, span, &[&with, &without])?;
    // Of times and not of rates: what one client waits with groups ÷ without.
    let times = ratios(&pairs).into_iter().map(|ratio| 1.0 / ratio).collect();
    findings.rounds("one_client_ratio", times, "");
    findings.note(
        "The server with a transaction for each rotation checks and signs no token, so the ratio is less than that of two \
         whole servers.",
    );
    Ok(())
}

/// The baseline, on an SQLite file of its own.
struct Rotations {
    /// Its folder goes with it, after the server.
    server: Baseline,
    _own: Own,
    families: Arc<Vec<Arc<Family>>>,
}

impl Rotations {
    fn start(stage: &Stage, batch: usize, families: usize) -> anyhow::Result<Self> {
        let own = stage.own(&[])?;
        let path = own.folder().join("keystead.db");
        let server = Baseline::start("rotations", &json!({ "path": path, "batch": batch, "families": families }))?;
        let ids = server.told["more"]["families"].as_array().context("families")?;
        let family = |id: &str| Arc::new(Family { id: id.to_owned(), head: AtomicU32::new(0) });
        let families = ids.iter().filter_map(|id| id.as_str()).map(family).collect();
        Ok(Self { server, _own: own, families: Arc::new(families) })
    }

    fn node(&self) -> crate::place::Node {
        self.server.node()
    }

    fn side<'a>(&self, name: &'static str, node: &'a crate::place::Node, pace: Pace) -> Side<'a> {
        let families = Arc::clone(&self.families);
        let stream = Stream::new(name, pace, move |share| Heads::new(&families, share));
        Side { name, asked: Asked::one(node, None), stream }
    }
}

/// Callers who know which generation theirs is; it outlives the round.
struct Heads {
    families: Vec<Arc<Family>>,
    idle: VecDeque<usize>,
}

struct Family {
    id: String,
    head: AtomicU32,
}

impl Heads {
    fn new(families: &[Arc<Family>], share: Share) -> Self {
        let families = share.take(families);
        Self { idle: (0..families.len()).collect(), families }
    }
}

impl Traffic for Heads {
    fn ask(&mut self, _: &mut Dice) -> Option<Ask> {
        let who = self.idle.pop_front()?;
        let family = self.families.get(who)?;
        let body = json!({ "family": family.id, "from": family.head.load(Relaxed) });
        Some(Ask { who, request: post_json("/v1/token/refresh", &body) })
    }

    fn hear(&mut self, who: usize, answer: Result<&Answer, &Lost>) -> Heard {
        self.idle.push_back(who);
        let outcome = outcome(answer);
        if let (Outcome::Good, Some(family)) = (outcome, self.families.get(who)) {
            family.head.fetch_add(1, Relaxed);
        }
        Heard::Over(outcome)
    }
}
