//! `keystead users roles …`

use clap::{Args, Subcommand};

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::cli::roles::holders::assign;
use crate::cli::whom::Whom;
use crate::domain::role::RoleName;
use crate::flows::admin::role_holders::Assignment;

#[derive(Debug, Subcommand)]
pub enum UserRoles {
    /// Give a role to an account; that it has it already is fine
    Add(UserRole),
    /// Take a role from an account; that it does not have it is fine
    Remove(UserRole),
}

#[derive(Debug, Args)]
pub struct UserRole {
    #[command(flatten)]
    whom: Whom,
    /// The role's name
    #[arg(value_parser = RoleName::parse)]
    role: RoleName,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: UserRoles) -> Result<(), Failure> {
    let (UserRole { whom, role, output }, assignment) = match asked {
        UserRoles::Add(asked) => (asked, Assignment::Grant),
        UserRoles::Remove(asked) => (asked, Assignment::Withdraw),
    };
    assign(&whom, &role, assignment, output).await
}
