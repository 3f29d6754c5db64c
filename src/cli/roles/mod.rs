//! `keystead roles …`: names for sets of permissions, and who holds them.
//!
//! The three built-in roles stay as they are. What changes here is known to a running server within a second; tokens that
//! were issued before are refused from then on where they say more than their owner may.

mod definitions;
pub mod holders;

use clap::Subcommand;

use super::exit::Failure;
use crate::flows::admin::role_holders::Assignment;

#[derive(Debug, Subcommand)]
pub enum Roles {
    /// Print the roles with what they permit
    List(definitions::List),
    /// Make a role
    Create(definitions::Create),
    /// Change what a role permits, or what is said of it
    Update(definitions::Update),
    /// Give a role to an account; that it has it already is fine
    Grant(holders::Holder),
    /// Take a role from an account; that it does not have it is fine
    Revoke(holders::Holder),
    /// Delete a role, and take it from everybody
    Delete(definitions::Delete),
}

pub async fn run(asked: Roles) -> Result<(), Failure> {
    match asked {
        Roles::List(asked) => definitions::list(asked).await,
        Roles::Create(asked) => definitions::create(asked).await,
        Roles::Update(asked) => definitions::update(asked).await,
        Roles::Grant(asked) => holders::run(asked, Assignment::Grant).await,
        Roles::Revoke(asked) => holders::run(asked, Assignment::Withdraw).await,
        Roles::Delete(asked) => definitions::delete(asked).await,
    }
}
