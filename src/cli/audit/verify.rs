//! `keystead audit verify`

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use crate::cli::configuration;
use crate::cli::exit::{Exit, Failure};
use crate::cli::offline::{Needs, Offline};
use crate::cli::terminal::{mention, say};
use crate::domain::audit_chain::Finding;
use crate::flows::verify_audit::{Expected, Verdict, verify_audit};

#[derive(Debug, Args)]
pub struct Verify {
    /// A seal as an earlier run printed it: finds out whether the newest seals were removed
    #[arg(long, value_name = "SEAL:HASH", value_parser = expected)]
    expect: Option<Expected>,
    /// Print one JSON object for each finding, and one for the whole
    #[arg(long)]
    json: bool,
}

pub async fn run(asked: Verify) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let offline = Offline::open(&config, Needs::NOTHING).await?;
    let tell = |finding: &Finding| tell(finding, asked.json);
    let verdict = verify_audit(offline.database(), &*offline.context().house.sealer, asked.expect, tell).await;
    offline.close().await;
    let verdict = verdict?;
    sum_up(&verdict, asked.json)?;
    match verdict.findings {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Failure, "the audit trail was tampered with: 1 finding")),
        findings => Err(Failure::new(Exit::Failure, format!("the audit trail was tampered with: {findings} findings"))),
    }
}

fn tell(finding: &Finding, as_json: bool) {
    if as_json {
        let (seal, event) = (finding.seal, finding.flaw.event());
        mention(json!({ "finding": finding.flaw.word(), "seal": seal, "event": event, "text": finding.to_string() }));
    } else {
        mention(finding);
    }
}

fn sum_up(verdict: &Verdict, as_json: bool) -> Result<(), Failure> {
    let newest = verdict.newest.as_ref().map(shown);
    if as_json {
        say(json!({
            "seals": verdict.seals,
            "events": verdict.events,
            "unsealed": verdict.unsealed,
            "dropped_through": verdict.dropped_through,
            "newest": newest,
            "findings": verdict.findings,
        }))?;
        return Ok(());
    }
    let Verdict { seals, events, unsealed, dropped_through, .. } = verdict;
    say(format_args!("{seals} seals with {events} events; {unsealed} events wait for a seal"))?;
    if *dropped_through > 0 {
        say(format_args!("the events up to seal {dropped_through} were let go for their age"))?;
    }
    if let Some(newest) = newest {
        say(format_args!("newest: {newest}"))?;
    }
    Ok(())
}

fn shown(seal: &Expected) -> String {
    let mut text = format!("{}:", seal.seq);
    for byte in seal.hash {
        // Writing into a text never fails.
        let _written = write!(text, "{byte:02x}");
    }
    text
}

fn expected(text: &str) -> Result<Expected, &'static str> {
    read(text).ok_or("must be a seal's number, a colon and 64 hexadecimal digits")
}

fn read(text: &str) -> Option<Expected> {
    let (seq, digits) = text.split_once(':')?;
    let mut hash = [0; 32];
    let is_hex = digits.len() == 2 * hash.len() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    for (at, byte) in hash.iter_mut().enumerate().take_while(|_| is_hex) {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    is_hex.then_some(Expected { seq: seq.parse().ok().filter(|seq| *seq > 0)?, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_read_as_it_is_shown() {
        let seal = Expected { seq: 12, hash: std::array::from_fn(|at| u8::try_from(at * 7).unwrap()) };
        assert_eq!(read(&shown(&seal)), Some(seal));
        let zeros = "0".repeat(64);
        for text in ["", "1", "1:", "1:00", &format!("0:{zeros}"), &format!("x:{zeros}"), &format!("1:{zeros}0")] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("1:{}", "é".repeat(32))), None);
    }
}
