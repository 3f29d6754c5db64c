//! `keystead doctor`: whether everything that this installation stands on is there, and what to do where it is not.
//!
//! It changes nothing and sends nothing. It works where the configuration is wrong and where the database is away, says of
//! everything that it can look at how it is, and takes half a minute at most: whatever is asked over the network has a
//! time-out. What it looks at is what a start of the server would find out one by one, and what nobody finds out until it
//! is too late: open files, a full disk, a mail server that takes no password any more, a trail that nobody seals.

mod database;
mod disk;
mod files;
mod finding;
mod mail;
mod providers;
mod serving;

use clap::Args;

use self::finding::{Finding, State, fail, ok, warn};
use super::exit::{Exit, Failure};
use super::output::Output;
use super::overrides::Overrides;
use crate::config::logging::{LogLevel, LoggingSettings};
use crate::config::secrets::KeyOrigin;
use crate::config::{Config, Mistakes, Source, shown};
use crate::telemetry;

const EXAMPLES: &str = "\
Examples:
  keystead doctor
  keystead doctor --json | jq -r 'select(.state != \"ok\") | .text'

Run it as the user that the server runs as, in the folder that it runs in. `ok`: as it should be; `warn`: it works, and
you should know; `FAIL`: it does not work, or not safely. The exit code is 1 where anything fails.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Doctor {
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Doctor) -> Result<(), Failure> {
    let source = Source::of_this_process(asked.overrides.pairs());
    let mut failed = 0_u32;
    let mut tell = |findings: Vec<Finding>| -> Result<(), Failure> {
        for finding in findings {
            failed += u32::from(finding.state == State::Fail);
            asked.output.tell(&finding, &finding)?;
        }
        Ok(())
    };
    tell(files::of_settings(&shown(&source)))?;
    match Config::look(&source) {
        Err(Mistakes(mistakes)) => {
            let remedy = |remedy: &str| format!("{remedy} (docs/configuration.md has all settings)");
            let failing = |mistake: &crate::config::Mistake| {
                fail("configuration", format!("{}: {}", mistake.variable, mistake.was), remedy(&mistake.remedy))
            };
            tell(mistakes.iter().map(failing).collect())?;
            let first = "what the settings name can be looked at once they have no mistakes";
            tell(vec![warn("database", "not looked at", first)])?;
        }
        Ok(config) => {
            // What it finds it says itself.
            telemetry::start(LoggingSettings { level: LogLevel::Error, ..config.logging });
            tell(vec![ok("configuration", "no mistakes")])?;
            tell(secret_key(&config))?;
            tell(serving::look(&config))?;
            tell(files::of_data(&config))?;
            tell(disk::look(&config))?;
            tell(database::look(&config).await)?;
            tell(mail::look(&config).await)?;
            tell(providers::look(&config).await)?;
        }
    }
    match failed {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Failure, "1 check failed")),
        _ => Err(Failure::new(Exit::Failure, format!("{failed} checks failed"))),
    }
}

/// Where it comes from; whether it is the right one the database knows.
fn secret_key(config: &Config) -> Vec<Finding> {
    let key = match &config.secrets.origin {
        KeyOrigin::Given => ok("secret_key", "SECRET_KEY is set"),
        KeyOrigin::Kept(path) | KeyOrigin::Made(path) => {
            ok("secret_key", format!("the development key is in {}; a backup is worthless without it", path.display()))
        }
        KeyOrigin::Missing(path) => warn(
            "secret_key",
            format!("SECRET_KEY is not set, and {} is not there", path.display()),
            "the first start makes it; where there was one, put it back, or nothing that it sealed can be read",
        ),
    };
    let previous = config.secrets.previous.as_ref().map(|_| {
        warn(
            "secret_key",
            "SECRET_KEY_PREVIOUS is set, so two keys open what is sealed",
            "`keystead keys reseal`, then take SECRET_KEY_PREVIOUS away",
        )
    });
    [Some(key), previous].into_iter().flatten().collect()
}
