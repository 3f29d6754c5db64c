//! Introspection of valid tokens, warm, against actix-web with a handler that does nothing but answer as much.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;

use super::rates::{Side, clients, column, costs, in_turns, ratios};
use super::traffic::{Fixed, introspecting, introspection};
use super::{Asked, Findings, Scenario, Stage};
use crate::baseline::bare;
use crate::driver::line::Targets;
use crate::driver::{Span, Stream};
use crate::http::ask_once;
use crate::place::people::import;
use crate::place::sign_in::sign_in;

const CONNECTIONS: usize = 64;
/// Each token is asked for over two connections.
const PEOPLE: usize = CONNECTIONS / 2;
/// Tokens are verified, and the branches of both sides learned.
const WARM_UP: Duration = Duration::from_millis(300);

pub struct Introspect;

impl Scenario for Introspect {
    fn name(&self) -> &'static str {
        "introspect"
    }

    fn about(&self) -> &'static str {
        "64 connections ask whether tokens are good; ÷ actix-web with a handler that only answers as much"
    }

    fn anywhere(&self) -> bool {
        true
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        if let Some(given) = &stage.given {
            return at(stage, findings, &Asked::one(&given.node, Some(&given.client)));
        }
        let own = stage.own(&[])?;
        import(&own, 0..PEOPLE, false)?;
        let client = own.service_client("introspect")?;
        let server = own.serve(&[])?;
        let node = server.node();
        findings = at(stage, findings, &Asked::one(&node, Some(&client)))?;
        server.stop()?;
        Ok(findings)
    }
}

fn at(stage: &Stage, mut findings: Findings, asked: &Asked<'_>) -> anyhow::Result<Findings> {
    let Some(client) = asked.client.cloned() else { return Ok(findings) };
    let people = Arc::new(sign_in(&Targets::one(asked.node.address), 0..PEOPLE)?);
    let Some(first) = people.first() else { return Ok(findings) };
    let answer = ask_once(asked.node.address, introspection("/oauth2/introspect", first, &client))?;
    ensure!(answer.json()["active"] == true, "introspection said {}: {:?}", answer.status, answer.body);
    let bare = bare::as_large(&answer, introspection("/", first, &client))?;
    let bare_node = bare.node();

    let span = Span::of(WARM_UP, stage.pick(Duration::from_millis(1_500), Duration::from_secs(3)));
    let stream = |name: &'static str, path: &'static str| {
        let (people, client) = (Arc::clone(&people), client.clone());
        Stream::new(name, clients(CONNECTIONS), move |share| match path {
            "/" => Fixed::new(share.take(&people).iter().map(|person| introspection(path, person, &client)).collect()),
            _ => introspecting(&people, &client, share),
        })
    };
    let ours = Side { name: "introspection", asked: Asked::one(asked.node, None), stream: stream("introspect", "") };
    let theirs = Side { name: "bare actix-web", asked: Asked::one(&bare_node, None), stream: stream("bare", "/") };
    let pairs = in_turns(stage, &mut findings, stage.pick(3, 7), span, &[&ours, &theirs])?;
    findings.rounds("rate", column(&pairs, 0), "/s");
    findings.rounds("bare_rate", column(&pairs, 1), "/s");
    findings.rounds("ratio", ratios(&pairs), "");
    findings.rounds("cost", costs(&findings, ours.name), "µs of a core");
    findings.rounds("bare_cost", costs(&findings, theirs.name), "µs of a core");
    findings.measure("errors", findings.errors(), "");
    findings.note("The generator's share of the cores is in both rates, so it is not discounted.");
    Ok(findings)
}
