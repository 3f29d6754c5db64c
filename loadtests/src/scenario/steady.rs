//! An ordinary day: many tokens are looked at, some renewed, few people sign in, and some of those mistype.

use std::sync::Arc;
use std::time::Duration;

use super::traffic::{LoggingIn, Refreshing, Turn, holders, introspecting, looking};
use super::{Asked, Findings, Scenario, Stage};
use crate::driver::line::Targets;
use crate::driver::{Pace, Span, Stream};
use crate::place::ServiceClient;
use crate::place::people::import;
use crate::place::sign_in::{SignedIn, sign_in};

const PEOPLE: usize = 2_000;
/// Of them, who is signed in already.
const SIGNED_IN: usize = 200;
const WARM_UP: Duration = Duration::from_secs(2);
/// Far beyond what is under way on a day like this one.
const IN_FLIGHT: usize = 512;
const MISTYPED_PERCENT: usize = 5;
const NETWORKS: usize = 100_000;

/// Arrivals a second: for each sign-in ten renewals, and for each renewal some five looks at a token or an account.
#[derive(Clone, Copy)]
pub struct Day {
    pub logins: f64,
    pub refreshes: f64,
    pub introspections: f64,
    pub looks: f64,
}

pub const DAY: Day = Day { logins: 15.0, refreshes: 150.0, introspections: 600.0, looks: 150.0 };

/// The streams of such a day.
pub fn day(day: Day, people: usize, signed_in: &Arc<Vec<SignedIn>>, client: &ServiceClient) -> Vec<Stream> {
    let pace = |per_second: f64| Pace::Open { per_second, in_flight: IN_FLIGHT };
    // A token that is renewed is not looked at: its holder has another one by then.
    let (renewed, looked_at) = signed_in.split_at(signed_in.len() / 2);
    let (renewed, looked_at) = (Arc::new(holders(renewed)), Arc::new(looked_at.to_vec()));
    let (asked, client) = (Arc::clone(&looked_at), client.clone());
    vec![
        Stream::new("login", pace(day.logins), move |share| LoggingIn {
            people,
            turn: Turn::new(share),
            wrong_percent: MISTYPED_PERCENT,
            networks: NETWORKS,
        }),
        Stream::new("refresh", pace(day.refreshes), move |share| Refreshing::new(&renewed, share)),
        Stream::new("introspect", pace(day.introspections), move |share| introspecting(&asked, &client, share)),
        Stream::new("me", pace(day.looks), move |share| looking(&looked_at, share)),
    ]
}

pub struct Steady;

impl Scenario for Steady {
    fn name(&self) -> &'static str {
        "steady"
    }

    fn about(&self) -> &'static str {
        "a day's mix in an open loop: sign-ins, renewals, introspection, own accounts"
    }

    fn anywhere(&self) -> bool {
        true
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        if let Some(given) = &stage.given {
            return at(stage, &Asked::one(&given.node, Some(&given.client)), given.people, &given.client);
        }
        let own = stage.own(&[])?;
        import(&own, 0..PEOPLE, false)?;
        let client = own.service_client("steady")?;
        let server = own.serve(&[])?;
        let node = server.node();
        let findings = at(stage, &Asked::one(&node, Some(&client)), PEOPLE, &client)?;
        server.stop()?;
        Ok(findings)
    }
}

fn at(stage: &Stage, asked: &Asked<'_>, people: usize, client: &ServiceClient) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    stage.live.say("  signing people in …");
    let signed_in = Arc::new(sign_in(&Targets::one(asked.node.address), 0..SIGNED_IN.min(people))?);
    let span = Span::of(WARM_UP, stage.seconds(15, 120));
    let phase = stage.phase("day", asked, day(DAY, people, &signed_in, client), span)?;
    for stream in &phase.streams {
        findings.measure(&format!("{}_p99_ms", stream.name), stream.judged.p99, "ms");
    }
    findings.measure_if("busy_cores", phase.busy_cores(), "cores");
    findings.measure("peak_mib", super::mib(phase.peak_bytes().unwrap_or_default()), "MiB");
    findings.phases.push(phase);
    findings.measure("errors", findings.errors(), "");
    findings.measure("not_asked", findings.not_asked(), "");
    Ok(findings)
}
