//! Sign-ins with a second factor: a password, then a code, which is good once in its half minute.

mod code;

use std::time::Duration;

use serde_json::json;

use self::code::Codes;
use super::rates::{clients, rate};
use super::traffic::{Turn, outcome};
use super::{Asked, Findings, Scenario, Stage};
use crate::baseline::hashing;
use crate::dice::Dice;
use crate::driver::addresses::address;
use crate::driver::line::{Answer, Lost};
use crate::driver::request::{With as _, post_json};
use crate::driver::sheet::Outcome;
use crate::driver::{Ask, Heard, Share, Span, Stream, Traffic};
use crate::numbers::{cores, ratio};
use crate::place::people::{PASSWORD, import};
use crate::place::sign_in::login;

/// Enough that nobody's turn comes again before there is another code: thirty seconds of a thousand sign-ins a second.
const PEOPLE: usize = 30_000;
const CLIENTS: usize = 32;
const BARE_SLICE: Duration = Duration::from_millis(1_500);

pub struct Mfa;

impl Scenario for Mfa {
    fn name(&self) -> &'static str {
        "mfa"
    }

    fn about(&self) -> &'static str {
        "whole sign-ins with password and authenticator code, 32 clients; ÷ the bare loop of hashes"
    }

    fn run(&self, stage: &Stage) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let own = stage.own(&[])?;
        import(&own, 0..PEOPLE, true)?;
        let client = own.service_client("mfa")?;
        let server = own.serve(&[])?;
        let node = server.node();
        let stream = Stream::new("mfa", clients(CLIENTS), TwoSteps::new);
        let bare = || hashing::rate(cores(), BARE_SLICE);
        let before = bare()?;
        let span = Span::of(Duration::from_secs(1), stage.seconds(10, 60));
        let phase = stage.phase("two steps", &Asked::one(&node, Some(&client)), vec![stream], span)?;
        let bare = f64::midpoint(before, bare()?);
        findings.measure("rate", rate(&phase), "/s");
        findings.measure("p99_ms", phase.streams.first().map_or(0.0, |stream| stream.judged.p99), "ms");
        findings.measure_if("of_bare_loop", ratio(phase.discounted(rate(&phase)), bare), "");
        findings.phases.push(phase);
        findings.measure("errors", findings.errors(), "");
        server.stop()?;
        Ok(findings)
    }
}

struct TwoSteps {
    turn: Turn,
    codes: Codes,
}

impl TwoSteps {
    fn new(share: Share) -> Self {
        Self { turn: Turn::new(share), codes: Codes::new() }
    }
}

impl Traffic for TwoSteps {
    fn ask(&mut self, _: &mut Dice) -> Option<Ask> {
        let who = self.turn.next() % PEOPLE;
        Some(Ask { who, request: login(who, PASSWORD) })
    }

    fn hear(&mut self, who: usize, answer: Result<&Answer, &Lost>) -> Heard {
        let outcome = outcome(answer);
        let Ok(answer) = answer else { return Heard::Over(outcome) };
        if outcome != Outcome::Good {
            return Heard::Over(outcome);
        }
        match answer.text("status").as_str() {
            "authenticated" => Heard::Over(Outcome::Good),
            "mfa_required" => {
                let challenge = answer.text("challenge");
                let body = json!({ "challenge": challenge, "factor": "totp", "code": self.codes.now() });
                Heard::Then(Box::new(post_json("/v1/login/mfa", &body).on_behalf_of(address(who))))
            }
            _ => Heard::Over(Outcome::Wrong),
        }
    }
}
