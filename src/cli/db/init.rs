//! `keystead db init`: from nothing to a database that a server can work on.

use clap::Args;
use serde_json::json;

use super::{create_roles, revision, upgrade};
use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::domain::clock::Clock;
use crate::store::schema;

#[derive(Debug, Args)]
pub struct Init {
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Init) -> Result<(), Failure> {
    let output = asked.output;
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let made = schema::create_database(&config.database).await?;
    output.remark(if made { "database: made" } else { "database: was there" })?;
    let applied = schema::upgrade(&config.database, None, &Clock::system()).await?;
    output.remark(upgrade::told("applied", &applied))?;
    let roles = create_roles::ensure(&config).await?;
    // Last, so that an object which was printed says that all of it was done.
    let json = json!({
        "database_made": made,
        "applied": revision::as_json(&applied),
        "roles": create_roles::as_json(&roles),
    });
    output.tell(&json, create_roles::told(&roles))
}
