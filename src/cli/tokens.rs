//! `keystead tokens …`: what the server does with tokens by itself, done by hand.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::configuration;
use super::exit::Failure;
use super::offline::{Needs, Offline};
use super::output::Output;
use crate::actors::sweeper::{self, Report, SweepError, SweepSettings};
use crate::domain::clock::Deadline;
use crate::flows::cause::Cause;

/// As long as the sweeper's own patience: some ten million rows.
const PATIENCE: Duration = Duration::from_hours(1);

#[derive(Debug, Subcommand)]
pub enum Tokens {
    /// Delete what expired or was revoked over a day ago, now and not when the server next would
    Sweep(Sweep),
}

#[derive(Debug, Args)]
pub struct Sweep {
    /// Say what would go, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Tokens) -> Result<(), Failure> {
    match asked {
        Tokens::Sweep(asked) => sweep(&asked).await,
    }
}

/// Nobody is asked for leave: what goes is dead already, and a server takes it away by itself.
async fn sweep(asked: &Sweep) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let offline = Offline::open(&config, Needs::NOTHING).await?;
    let settings = SweepSettings { interval: config.sweeping.interval, batch: config.sweeping.batch };
    let report = if asked.dry_run {
        offline.context().house.sweeper.count(Offline::deadline()).await.map_err(|cause| Cause::from(cause).into())
    } else {
        sweep_now(&offline, settings).await
    };
    offline.close().await;
    tell(asked, report?)
}

async fn sweep_now(offline: &Offline, settings: SweepSettings) -> Result<Report, Failure> {
    let sweeper = sweeper::start(settings, None, Uuid::now_v7(), offline.database().clone(), offline.clock().clone());
    let swept = sweeper.sweep_once(Deadline::within(PATIENCE)).await;
    sweeper.drain().await;
    Ok(swept.map_err(Cause::from)??)
}

fn tell(asked: &Sweep, report: Report) -> Result<(), Failure> {
    let Report { sessions, revocations, one_time_tokens, mails, throttles, left_to_another, .. } = report;
    let json = json!({
        "dry_run": asked.dry_run,
        "sessions": sessions,
        "revocations": revocations,
        "one_time_tokens": one_time_tokens,
        "mails": mails,
        "throttles": throttles,
        "left_to_another": left_to_another,
    });
    let did = if asked.dry_run { "would sweep" } else { "swept" };
    let plain = format!(
        "{did}: {sessions} sessions, {revocations} revocations, {one_time_tokens} one-time tokens, {mails} mails, \
         {throttles} counts of failures"
    );
    asked.output.tell(&json, plain)?;
    if left_to_another {
        asked.output.remark("A node of the server is sweeping; the rest is left to it.")?;
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
