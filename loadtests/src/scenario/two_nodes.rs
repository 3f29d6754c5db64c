//! Rotations at two nodes on one database server: what the built-in number of connections gives ÷ the best of several.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::rates::{clients, rate};
use super::traffic::{Refreshing, holders};
use super::{Asked, Findings, Scenario, Stage};
use crate::driver::line::Targets;
use crate::driver::{Span, Stream};
use crate::numbers::{median, ratio};
use crate::place::Node;
use crate::place::database::Kind;
use crate::place::own::Own;
use crate::place::people::import;
use crate::place::server::Server;
use crate::place::sign_in::sign_in;

const CLIENTS: usize = 64;
/// Of one node; the first is as it is built in.
const CONNECTIONS: [(&str, &[(&str, &str)]); 4] = [
    ("as built in", &[]),
    ("4 connections", &[("DB_POOL_SIZE", "4"), ("DB_MAX_OVERFLOW", "0")]),
    ("8 connections", &[("DB_POOL_SIZE", "8"), ("DB_MAX_OVERFLOW", "0")]),
    ("16 connections", &[("DB_POOL_SIZE", "16"), ("DB_MAX_OVERFLOW", "0")]),
];
/// Connections are made, and pages are in memory.
const WARM_UP: Duration = Duration::from_secs(1);

pub struct TwoNodes;

impl Scenario for TwoNodes {
    fn name(&self) -> &'static str {
        "two-nodes"
    }

    fn about(&self) -> &'static str {
        "rotations of 64 clients at two nodes on one database server, ÷ the same at its best number of connections"
    }

    fn on(&self, kind: Kind) -> bool {
        kind != Kind::Sqlite
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let own = stage.own(&[])?;
        import(&own, 0..CLIENTS, false)?;
        let pairs = CONNECTIONS.iter().map(|(name, settings)| Pair::start(&own, name, settings));
        let pairs = pairs.collect::<anyhow::Result<Vec<Pair>>>()?;
        let first = pairs.first().context("nodes")?;
        let renewing = Arc::new(holders(&sign_in(&first.targets, 0..CLIENTS)?));

        let span = Span::of(WARM_UP, stage.seconds(2, 5));
        let mut rates = vec![Vec::new(); pairs.len()];
        for round in 1..=stage.pick(3, 7) {
            for (pair, rates) in pairs.iter().zip(&mut rates) {
                let renewing = Arc::clone(&renewing);
                let stream = Stream::new("refresh", clients(CLIENTS), move |share| Refreshing::new(&renewing, share));
                let asked = Asked { node: &pair.node, targets: pair.targets.clone(), client: None };
                let phase = stage.phase(&format!("{} {round}", pair.name), &asked, vec![stream], span)?;
                rates.push(rate(&phase));
                findings.phases.push(phase);
            }
        }
        let best = rates.iter().map(|rates| median(rates)).fold(0.0, f64::max);
        findings.measure_if("ratio", rates.first().and_then(|built_in| ratio(median(built_in), best)), "of the best");
        for (pair, rates) in pairs.iter().zip(rates) {
            findings.rounds(pair.name, rates, "/s");
        }
        findings.measure("errors", findings.errors(), "");
        findings
            .note("Rotations are not grouped on a server (decision 6), so there is no other side to P7's ratio yet.");
        for Pair { servers, .. } in pairs {
            for server in servers {
                server.stop()?;
            }
        }
        Ok(findings)
    }
}

/// Two nodes with the same settings.
struct Pair {
    name: &'static str,
    servers: [Server; 2],
    node: Node,
    targets: Targets,
}

impl Pair {
    fn start(own: &Own, name: &'static str, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let servers = [own.serve(settings)?, own.serve(settings)?];
        let targets = Targets::several(servers.iter().map(|server| server.address).collect());
        let node = servers[0].node();
        Ok(Self { name, servers, node, targets })
    }
}
