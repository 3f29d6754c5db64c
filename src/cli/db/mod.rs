//! `keystead db …`: the database made, migrated and looked at, and what every installation has in it.
//!
//! All of it works without a server, and beside one that runs. What is there already is left as it is and said so, so
//! each may be run again. Nothing here touches a row of somebody's data but `downgrade --allow-data-loss` and `restore`.

mod backup;
mod copy;
mod create_admin;
mod create_roles;
mod downgrade;
mod init;
mod migrate;
mod plan;
mod restore;
mod revision;
mod status;
mod upgrade;

use clap::Subcommand;

use super::exit::Failure;

#[derive(Debug, Subcommand)]
pub enum Db {
    /// Make the database, bring it up to date, and make the roles
    Init(init::Init),
    /// Say what an upgrade would run, or a downgrade lose
    Plan(plan::Plan),
    /// Bring the schema up
    Upgrade(upgrade::Upgrade),
    /// Take the schema back down
    Downgrade(downgrade::Downgrade),
    /// Write the files of a new migration, in a checkout of Keystead
    Migrate(migrate::Migrate),
    /// Say which migrations the database has; exit code 5 where it is behind or ahead
    Status(status::Status),
    /// Write one consistent moment of the database to a file, beside whoever works on it
    Backup(backup::Backup),
    /// Put a backup back, and end all sessions
    Restore(restore::Restore),
    /// Copy everything into another database, of the same kind or another
    Copy(copy::Copy),
    /// Make the built-in roles that are missing
    CreateRoles(create_roles::CreateRoles),
    /// Make an administrator, or make one of an account
    CreateAdmin(create_admin::CreateAdmin),
}

pub async fn run(asked: Db) -> Result<(), Failure> {
    match asked {
        Db::Init(asked) => init::run(asked).await,
        Db::Plan(asked) => plan::run(asked).await,
        Db::Upgrade(asked) => upgrade::run(asked).await,
        Db::Downgrade(asked) => downgrade::run(asked).await,
        Db::Migrate(asked) => migrate::run(&asked),
        Db::Status(asked) => status::run(asked).await,
        Db::Backup(asked) => backup::run(asked).await,
        Db::Restore(asked) => restore::run(asked).await,
        Db::Copy(asked) => copy::run(asked).await,
        Db::CreateRoles(asked) => create_roles::run(asked).await,
        Db::CreateAdmin(asked) => create_admin::run(asked).await,
    }
}
