//! `keystead config …`: what this installation is set to, and whether that makes sense.
//!
//! Neither command opens the database or writes anything, not even the development key. They take the flags of `serve`,
//! so that they tell of the server that would start with them. `doctor` goes on from here, to what the settings name.

mod check;
mod show;

use clap::Subcommand;

use super::exit::Failure;

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Check all settings, and say of each mistake what would be right; exit code 2 where there is one
    Check(check::Check),
    /// Show each setting with its value and where that came from; a secret is never shown, only whether it is set
    Show(show::Show),
}

pub fn run(asked: &Config) -> Result<(), Failure> {
    match asked {
        Config::Check(asked) => check::run(asked),
        Config::Show(asked) => show::run(asked),
    }
}
