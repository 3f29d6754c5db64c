//! `keystead tokens …`: what the server does with tokens by itself, done by hand.

use std::time::Duration;

use clap::Subcommand;
use uuid::Uuid;

use super::configuration;
use super::exit::Failure;
use super::offline::{Needs, Offline};
use super::terminal::say;
use crate::actors::sweeper::{self, SweepError, SweepSettings};
use crate::domain::clock::Deadline;
use crate::flows::cause::Cause;

/// As long as the sweeper's own patience: some ten million rows.
const PATIENCE: Duration = Duration::from_hours(1);

#[derive(Debug, Subcommand)]
pub enum Tokens {
    /// Delete what expired or was revoked over a day ago, now and not when the server next would
    Sweep,
}

pub async fn run(asked: Tokens) -> Result<(), Failure> {
    match asked {
        Tokens::Sweep => sweep().await,
    }
}

async fn sweep() -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let offline = Offline::open(&config, Needs::NOTHING).await?;
    let settings = SweepSettings { interval: config.sweeping.interval, batch: config.sweeping.batch };
    let sweeper = sweeper::start(settings, None, Uuid::now_v7(), offline.database().clone(), offline.clock().clone());
    let swept = sweeper.sweep_once(Deadline::within(PATIENCE)).await;
    sweeper.drain().await;
    offline.close().await;
    let report = swept.map_err(Cause::from)??;
    say(format_args!(
        "swept: {} sessions, {} revocations, {} one-time tokens, {} mails",
        report.sessions, report.revocations, report.one_time_tokens, report.mails
    ))?;
    if report.left_to_another {
        say("A node of the server is sweeping; the rest is left to it.")?;
    }
    Ok(())
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Database(cause) => Cause::from(cause).into(),
        }
    }
}
