//! `keystead db status`: which migrations the database has. Changes nothing.

use clap::Args;
use serde_json::json;

use super::revision;
use crate::cli::configuration;
use crate::cli::exit::{Exit, Failure};
use crate::cli::schema_state::{self, SchemaState};
use crate::cli::terminal::say;
use crate::store::migrations::{Step, head};

#[derive(Debug, Args)]
pub struct Status {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub async fn run(asked: Status) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let (state, steps) = schema_state::of(&config.database).await?;
    if asked.json {
        say(as_json(state, &steps))?;
    } else {
        for step in &steps {
            say(format_args!("{}  {}", if step.applied { "applied" } else { "pending" }, revision::name(step)))?;
        }
    }
    match state {
        SchemaState::Current if asked.json => Ok(()),
        SchemaState::Current => Ok(say("The schema is up to date.")?),
        SchemaState::Behind { at } => Err(schema_state::behind(at, "`keystead db upgrade` brings it there")),
        SchemaState::Ahead { at } => Err(Failure::new(Exit::Schema, schema_state::ahead(at))),
    }
}

/// `at` is the newest migration of the database, `head` that of this program.
fn as_json(state: SchemaState, steps: &[Step]) -> serde_json::Value {
    let (word, at) = match state {
        SchemaState::Current => ("current", head()),
        SchemaState::Behind { at } => ("behind", at),
        SchemaState::Ahead { at } => ("ahead", at),
    };
    let as_json = |step: &Step| json!({"version": step.version, "name": step.name, "applied": step.applied});
    json!({"state": word, "at": at, "head": head(), "migrations": steps.iter().map(as_json).collect::<Vec<_>>()})
}
