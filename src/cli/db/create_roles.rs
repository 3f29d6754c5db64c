//! `keystead db create-roles`: the roles that every installation has.

use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::terminal::say;
use crate::config::Config;
use crate::domain::role::BUILT_IN;
use crate::flows::create_roles::create_roles;

pub async fn run() -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    ensure(&config).await
}

pub(super) async fn ensure(config: &Config) -> Result<(), Failure> {
    let offline = Offline::open(config, Needs::NOTHING).await?;
    let made = create_roles(offline.context(), &Offline::visit()).await;
    offline.close().await;
    let made = made?;
    for role in BUILT_IN {
        let found = if made.contains(&role.name) { "made" } else { "was there" };
        say(format_args!("role {}: {found}", role.name))?;
    }
    Ok(())
}
