//! `keystead audit …`: the audit trail checked, written out, and followed.
//!
//! It works without a server and beside one that runs. What it prints goes to standard output, an event a line as JSON;
//! reading the trail is an event itself. Nothing here changes what has been written.

mod export;
mod search;
mod tail;
mod verify;

use clap::Subcommand;

use super::exit::Failure;
use crate::domain::clock::Timestamp;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check seals and events; exit code 1 and a line for each where something was tampered with
    Verify(verify::Verify),
    /// Print the events, the oldest first, as JSON Lines
    Export(export::Export),
    /// Print the events that fit, the latest first, as JSON Lines
    Search(search::Search),
    /// Print the latest events as JSON Lines
    Tail(tail::Tail),
}

pub async fn run(asked: Audit) -> Result<(), Failure> {
    match asked {
        Audit::Verify(asked) => verify::run(asked).await,
        Audit::Export(asked) => export::run(asked).await,
        Audit::Search(asked) => search::run(asked).await,
        Audit::Tail(asked) => tail::run(asked).await,
    }
}

pub fn moment(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse_rfc3339(text).ok_or("must be a moment like 2026-01-31T12:00:00Z")
}
