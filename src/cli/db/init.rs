//! `keystead db init`: from nothing to a database that a server can work on.

use super::{create_roles, upgrade};
use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::terminal::say;
use crate::domain::clock::Clock;
use crate::store::schema;

pub async fn run() -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let made = schema::create_database(&config.database).await?;
    say(if made { "database: made" } else { "database: was there" })?;
    upgrade::tell(&schema::upgrade(&config.database, None, &Clock::system()).await?)?;
    create_roles::ensure(&config).await
}
