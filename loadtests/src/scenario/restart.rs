//! Two nodes behind a balancer are replaced one after the other while people work: who is turned away at one knocks at
//! the next, and nobody should see an error.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};

use super::steady::{Day, day};
use super::{Asked, Findings, Scenario, Stage};
use crate::driver::Span;
use crate::driver::line::Targets;
use crate::numbers::{float, micros};
use crate::place::Node;
use crate::place::own::Own;
use crate::place::people::import;
use crate::place::server::{Server, free_port};
use crate::place::sign_in::sign_in;

const PEOPLE: usize = 2_000;
const SIGNED_IN: usize = 100;
const WARM_UP: Duration = Duration::from_secs(2);
const DAY: Day = Day { logins: 10.0, refreshes: 80.0, introspections: 200.0, looks: 80.0 };
/// Between two replacements.
const REST: Duration = Duration::from_secs(2);

pub struct Restart;

impl Scenario for Restart {
    fn name(&self) -> &'static str {
        "restart"
    }

    fn about(&self) -> &'static str {
        "two nodes on one database are replaced in turn, under a day's mix"
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let own = stage.own(&[])?;
        import(&own, 0..PEOPLE, false)?;
        let client = own.service_client("restart")?;
        let ports = [free_port()?, free_port()?];
        let servers = ports.map(|port| own.serve_at(Some(port), &[]));
        let servers = servers.into_iter().collect::<anyhow::Result<Vec<Server>>>()?;
        let node = servers.first().context("a node")?.node();
        let addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
        let people = std::sync::Arc::new(sign_in(&Targets::one(node.address), 0..SIGNED_IN)?);

        // Nodes come and go, so none of them is watched from outside.
        let unseen = Node { process: None, ..node };
        let asked = Asked { node: &unseen, targets: Targets::several(addresses), client: None };
        let rounds = stage.pick(1, 3);
        let span = Span::of(WARM_UP, stage.seconds(20, 60));
        let streams = day(DAY, PEOPLE, &people, &client);
        let (phase, (servers, stops)) = thread::scope(|scope| {
            let replacing = scope.spawn(|| replace_in_turn(&own, servers, ports, rounds));
            let phase = stage.phase("rolling restart", &asked, streams, span);
            let stops = replacing.join().map_err(|_| anyhow!("the thread that replaces nodes panicked"))?;
            anyhow::Ok((phase?, stops?))
        })?;
        for stream in &phase.streams {
            findings.measure(&format!("{}_p99_ms", stream.name), stream.judged.p99, "ms");
        }
        let longest = stops.iter().copied().max().unwrap_or_default();
        findings.measure("longest_stop_ms", float(micros(longest)) / 1_000.0, "ms");
        findings.phases.push(phase);
        findings.measure("errors", findings.errors(), "");
        for server in servers {
            server.stop()?;
        }
        Ok(findings)
    }
}

/// Stops each and starts another at its port, while the other one answers. The nodes that stand at the end, and how
/// long each took to end.
fn replace_in_turn(
    own: &Own,
    mut servers: Vec<Server>,
    ports: [u16; 2],
    rounds: usize,
) -> anyhow::Result<(Vec<Server>, Vec<Duration>)> {
    let mut stops = Vec::new();
    thread::sleep(WARM_UP + REST);
    for _ in 0..rounds {
        for port in ports {
            // The oldest stands first.
            let server = servers.remove(0);
            stops.push(server.stop()?);
            servers.push(own.serve_at(Some(port), &[])?);
            thread::sleep(REST);
        }
    }
    Ok((servers, stops))
}
