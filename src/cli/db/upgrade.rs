//! `keystead db upgrade`: the migrations that are missing, in order.

use std::io;

use clap::Args;

use super::revision::{self, Revision};
use crate::cli::configuration;
use crate::cli::exit::Failure;
use crate::cli::terminal::say;
use crate::domain::clock::Clock;
use crate::store::migrations::Step;
use crate::store::schema;

#[derive(Debug, Args)]
pub struct Upgrade {
    /// How far: `head`, or the number of a migration
    #[arg(long, value_name = "REVISION", default_value = "head", value_parser = Revision::parse)]
    revision: Revision,
    /// Go on where a process died between two statements (MySQL, MariaDB): look whether the last one was carried out
    #[arg(long)]
    resume: bool,
}

pub async fn run(asked: Upgrade) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let to = match asked.revision {
        Revision::Head => None,
        Revision::Number(number) => Some(number),
    };
    if asked.resume
        && let Some(step) = schema::resume(&config.database, &Clock::system()).await?
    {
        let found = if step.applied { "was carried out" } else { "was not carried out" };
        say(format_args!("schema: {} {found} when it was interrupted", revision::name(&step)))?;
    }
    Ok(tell(&schema::upgrade(&config.database, to, &Clock::system()).await?)?)
}

pub(super) fn tell(applied: &[Step]) -> io::Result<()> {
    if applied.is_empty() {
        return say("schema: nothing to do");
    }
    applied.iter().try_for_each(|step| say(format_args!("schema: applied {}", revision::name(step))))
}
