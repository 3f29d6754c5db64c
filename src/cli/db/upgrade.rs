//! `keystead db upgrade`: the migrations that are missing, in order.

use clap::Args;
use serde_json::json;

use super::revision::{self, Revision};
use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::domain::clock::Clock;
use crate::store::migrations::Step;
use crate::store::schema;

#[derive(Debug, Args)]
pub struct Upgrade {
    /// How far: `head`, or the number of a migration
    #[arg(long, value_name = "REVISION", default_value = "head", value_parser = Revision::parse)]
    revision: Revision,
    /// Go on where a process died between two statements (MySQL, MariaDB): look whether the last one was carried out
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Upgrade) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let to = match asked.revision {
        Revision::Head => None,
        Revision::Number(number) => Some(number),
    };
    let resumed = if asked.resume { schema::resume(&config.database, &Clock::system()).await? } else { None };
    if let Some(step) = &resumed {
        let found = if step.applied { "was carried out" } else { "was not carried out" };
        asked.output.remark(format_args!("schema: {} {found} when it was interrupted", revision::name(step)))?;
    }
    let applied = schema::upgrade(&config.database, to, &Clock::system()).await?;
    let as_json = |step: Step| json!({ "version": step.version, "name": step.name, "carried_out": step.applied });
    let json = json!({ "resumed": resumed.map(as_json), "applied": revision::as_json(&applied) });
    asked.output.tell(&json, told("applied", &applied))
}

/// A line for each.
pub(super) fn told(did: &str, steps: &[Step]) -> String {
    if steps.is_empty() {
        return "schema: nothing to do".to_owned();
    }
    let lines: Vec<_> = steps.iter().map(|step| format!("schema: {did} {}", revision::name(step))).collect();
    lines.join("\n")
}
