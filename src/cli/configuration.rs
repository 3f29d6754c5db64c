//! The configuration of this run, and the log that it asks for.

use super::exit::Failure;
use crate::config::logging::{LogLevel, LoggingSettings};
use crate::config::{Config, Source};
use crate::telemetry;

/// For `serve`: the flags stand above the environment, and the log is as it was asked for.
pub fn for_serving(overrides: Vec<(String, String)>) -> Result<Config, Failure> {
    let config = Config::read(&Source::of_this_process(overrides))?;
    telemetry::start(config.logging);
    Ok(config)
}

/// For a sub-command, whose answer is what it prints: `info`, which is the default, is one step too talkative for it.
pub fn for_a_command(source: &Source) -> Result<Config, Failure> {
    let config = Config::read(source)?;
    let level = match config.logging.level {
        LogLevel::Info => LogLevel::Warn,
        asked @ (LogLevel::Error | LogLevel::Warn | LogLevel::Debug | LogLevel::Trace) => asked,
    };
    telemetry::start(LoggingSettings { level, ..config.logging });
    Ok(config)
}

/// The environment of this process and `.env`, without flags.
pub fn surroundings() -> Source {
    Source::of_this_process([])
}
