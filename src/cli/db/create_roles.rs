//! `keystead db create-roles`: the roles that every installation has.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::role::BUILT_IN;
use crate::flows::create_roles::create_roles;

#[derive(Debug, Args)]
pub struct CreateRoles {
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: CreateRoles) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let made = ensure(&config).await?;
    asked.output.tell(&json!({ "roles": as_json(&made) }), told(&made))
}

/// The names of those that were made.
pub(super) async fn ensure(config: &Config) -> Result<Vec<&'static str>, Failure> {
    let offline = Offline::open(config, Needs::NOTHING).await?;
    let made = create_roles(offline.context(), &Offline::visit()).await;
    offline.close().await;
    Ok(made?)
}

/// Each role that every installation has, and whether it was made now.
pub(super) fn as_json(made: &[&str]) -> Vec<Value> {
    BUILT_IN.iter().map(|role| json!({ "name": role.name, "made": made.contains(&role.name) })).collect()
}

pub(super) fn told(made: &[&str]) -> String {
    let found = |name: &str| if made.contains(&name) { "made" } else { "was there" };
    let lines: Vec<_> = BUILT_IN.iter().map(|role| format!("role {}: {}", role.name, found(role.name))).collect();
    lines.join("\n")
}
