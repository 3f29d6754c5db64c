//! `keystead db plan`: what an upgrade would run, or a downgrade lose. Changes nothing.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use super::revision::{self, Revision};
use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::store::migrations::head;
use crate::store::schema_plan::{Planned, Way, plan};

const EXAMPLES: &str = "\
Examples:
  keystead db plan
  keystead db plan --downgrade 20

A migration that changes a table with many rows takes its time, and whoever writes to that table waits meanwhile.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Plan {
    /// How far up: `head`, or the number of a migration
    #[arg(long, value_name = "REVISION", default_value = "head", value_parser = Revision::parse)]
    revision: Revision,
    /// Say what a downgrade to this migration would undo, and which rows would go
    #[arg(long, value_name = "NUMBER", value_parser = revision::number, conflicts_with = "revision")]
    downgrade: Option<i64>,
    #[command(flatten)]
    told: Output,
}

pub async fn run(asked: Plan) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let way = match (asked.downgrade, asked.revision) {
        (Some(to), _) => Way::Down(to),
        (None, Revision::Head) => Way::Up(None),
        (None, Revision::Number(number)) => Way::Up(Some(number)),
    };
    let (at, steps) = plan(&config.database, way).await?;
    let direction = if matches!(way, Way::Down(_)) { "down" } else { "up" };
    let as_json = |step: &Planned| {
        json!({
            "version": step.version,
            "name": step.name,
            "makes": step.makes,
            "changes": step.changes,
            "rows": step.rows,
            "loses": step.loses,
        })
    };
    let json = json!({
        "at": at,
        "head": head(),
        "direction": direction,
        "steps": steps.iter().map(as_json).collect::<Vec<_>>(),
    });
    asked.told.tell(&json, in_words(&steps, direction))
}

fn in_words(steps: &[Planned], direction: &str) -> String {
    if steps.is_empty() {
        return "schema: nothing to do".to_owned();
    }
    let mut text = String::new();
    for step in steps {
        // Writing into a text never fails.
        let _written = writeln!(text, "{direction} {:04}_{}{}", step.version, step.name, told(step));
    }
    text.trim_end().to_owned()
}

fn told(step: &Planned) -> String {
    let mut told = String::new();
    for (verb, tables) in [("makes", &step.makes), ("touches", &step.changes), ("LOSES THE ROWS OF", &step.loses)] {
        if !tables.is_empty() {
            told.push_str(&format_args!("; {verb} {}", tables.join(", ")).to_string());
        }
    }
    if step.rows > 0 {
        told.push_str(&format_args!(" ({} rows)", step.rows).to_string());
    }
    told
}
