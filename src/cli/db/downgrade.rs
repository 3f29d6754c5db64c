//! `keystead db downgrade`: migrations undone, newest first, and never in silence where rows would go.

use clap::Args;

use super::revision;
use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::terminal::say;
use crate::domain::clock::Clock;
use crate::store::migrations::MigrationError;
use crate::store::schema::{self, SchemaError};

#[derive(Debug, Args)]
pub struct Downgrade {
    /// The migration that stays as the newest; 0 for an empty database
    #[arg(long, value_name = "NUMBER", value_parser = revision::number)]
    revision: i64,
    /// Go on where tables that hold rows are dropped or changed
    #[arg(long)]
    allow_data_loss: bool,
}

pub async fn run(asked: Downgrade) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let undone = schema::downgrade(&config.database, asked.revision, asked.allow_data_loss, &Clock::system()).await;
    let undone = undone.map_err(|error| match error {
        SchemaError::Migration(MigrationError::WouldLoseData { .. }) => {
            Failure::from(error).hint("make a backup, then say --allow-data-loss")
        }
        other => other.into(),
    })?;
    if undone.is_empty() {
        say("schema: nothing to do")?;
    }
    for step in &undone {
        say(format_args!("schema: undid {}", revision::name(step)))?;
    }
    Ok(())
}
