//! The command line: one file a sub-command. It reads the configuration, puts the house together or opens a door or two
//! of it, and prints.
//!
//! Every sub-command ends in an [`Exit`], whose codes are a contract, and a failure is told in one line on standard error.
//! Secrets come from the configuration, from standard input or from a terminal, never from the command line's arguments.
//! Nothing is decided here: that is for the flows.

mod audit;
mod clients;
mod completions;
mod config;
mod configuration;
mod confirm;
mod db;
mod doctor;
mod exit;
mod export;
mod hash;
mod healthcheck;
mod import;
mod invitations;
mod keys;
mod local_address;
mod mfa;
pub mod node;
mod offline;
mod output;
mod overrides;
mod password;
pub mod progress;
mod refusals;
mod reseal;
mod roles;
mod schema_state;
mod serve;
mod sessions;
mod set_up_offer;
mod stopping;
mod terminal;
mod tokens;
mod users;
mod whom;

use std::future::ready;

use clap::{Parser, Subcommand};
use futures_util::future::LocalBoxFuture;

pub use self::exit::Exit;

/// A self-hosted authentication service.
#[derive(Debug, Parser)]
#[command(name = "keystead", version, after_help = exit::CODES, subcommand_required = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Make, migrate and look at the database
    #[command(subcommand)]
    Db(db::Db),
    /// Programs that sign in with a secret of their own
    #[command(subcommand)]
    Clients(clients::Clients),
    /// Leave to register where not everybody may
    #[command(subcommand)]
    Invitations(invitations::Invitations),
    /// The keys that sign access tokens
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Accounts, as administrators see and change them
    #[command(subcommand)]
    Users(users::Users),
    /// Names for sets of permissions, and who holds them
    #[command(subcommand)]
    Roles(roles::Roles),
    /// Where people are signed in, and ending that
    #[command(subcommand)]
    Sessions(sessions::Sessions),
    /// Second factors of people who have lost theirs
    #[command(subcommand)]
    Mfa(mfa::Mfa),
    /// Tokens and the sessions behind them
    #[command(subcommand)]
    Tokens(tokens::Tokens),
    /// What happened here: checked, written out, followed
    #[command(subcommand)]
    Audit(audit::Audit),
    /// What this installation is set to, and whether that makes sense
    #[command(subcommand)]
    Config(config::Config),
    /// Bring users of another system here
    Import(import::Import),
    /// Write everybody out, to be imported elsewhere
    Export(export::Export),
    /// Look at all that this installation stands on, and say what to do where something is wrong
    Doctor(doctor::Doctor),
    /// What password hashing costs here
    #[command(subcommand)]
    Hash(hash::Hash),
    /// Ask the server of this configuration whether it is ready
    Healthcheck(healthcheck::Healthcheck),
    /// Print what lets a shell finish commands by itself
    Completions(completions::Completions),
}

impl CommandLine {
    /// Does what was asked, inside an actix system, and says on standard error why not.
    pub async fn run(self) -> Exit {
        // Behind one pointer: each command's future alone is larger than the rest of this.
        let done: LocalBoxFuture<'_, Result<(), exit::Failure>> = match self.command {
            Command::Serve(asked) => Box::pin(serve::run(asked)),
            Command::Db(asked) => Box::pin(db::run(asked)),
            Command::Clients(asked) => Box::pin(clients::run(asked)),
            Command::Invitations(asked) => Box::pin(invitations::run(asked)),
            Command::Audit(asked) => Box::pin(audit::run(asked)),
            Command::Keys(asked) => Box::pin(keys::run(asked)),
            Command::Users(asked) => Box::pin(users::run(asked)),
            Command::Roles(asked) => Box::pin(roles::run(asked)),
            Command::Sessions(asked) => Box::pin(sessions::run(asked)),
            Command::Mfa(asked) => Box::pin(mfa::run(asked)),
            Command::Tokens(asked) => Box::pin(tokens::run(asked)),
            Command::Config(asked) => Box::pin(ready(config::run(&asked))),
            Command::Import(asked) => Box::pin(import::run(asked)),
            Command::Export(asked) => Box::pin(export::run(asked)),
            Command::Doctor(asked) => Box::pin(doctor::run(asked)),
            Command::Hash(asked) => Box::pin(ready(hash::run(asked))),
            Command::Healthcheck(asked) => Box::pin(ready(healthcheck::run(asked))),
            Command::Completions(asked) => Box::pin(ready(completions::run(&asked))),
        };
        done.await.map_or_else(exit::Failure::tell, |()| Exit::Success)
    }
}
