//! `keystead db downgrade`: migrations undone, newest first, and never in silence where rows would go.

use clap::Args;
use serde_json::json;

use super::{revision, upgrade};
use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
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
    #[command(flatten)]
    output: Output,
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
    asked.output.tell(&json!({ "undone": revision::as_json(&undone) }), upgrade::told("undid", &undone))
}
