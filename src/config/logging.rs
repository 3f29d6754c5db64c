//! Logging: how much is said, and in which form.

use super::reader::{Noted, Reader};
use super::server::Environment;
use super::setting::Allowed::Words;
use super::setting::Fallback::{Derived, Written};
use super::setting::{Section, Setting};

const LOG_LEVEL: Setting = Setting::new(
    "LOG_LEVEL",
    Written("info"),
    Words(&["error", "warn", "info", "debug", "trace"]),
    "the least important messages that are still written",
);
const LOG_FORMAT: Setting = Setting::new(
    "LOG_FORMAT",
    Derived("json in production, pretty in development"),
    Words(&["pretty", "json"]),
    "lines for people, or one JSON object a line",
);

pub(super) const SECTION: Section =
    Section { title: "Logging", introduction: "The log goes to standard error.", settings: SETTINGS };
pub const SETTINGS: &[Setting] = &[LOG_LEVEL, LOG_FORMAT];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggingSettings {
    pub level: LogLevel,
    pub format: LogFormat,
}

pub(super) fn read(reader: &mut Reader<'_>, environment: Environment) -> Result<LoggingSettings, Noted> {
    let level = reader.value(&LOG_LEVEL, level);
    let format = reader.optional(&LOG_FORMAT, |word| match word {
        "pretty" => Some(LogFormat::Pretty),
        "json" => Some(LogFormat::Json),
        _ => None,
    });
    let usual = match environment {
        Environment::Development => LogFormat::Pretty,
        Environment::Production => LogFormat::Json,
    };
    Ok(LoggingSettings { level: level?, format: format?.unwrap_or(usual) })
}

fn level(word: &str) -> Option<LogLevel> {
    match word {
        "error" => Some(LogLevel::Error),
        "warn" => Some(LogLevel::Warn),
        "info" => Some(LogLevel::Info),
        "debug" => Some(LogLevel::Debug),
        "trace" => Some(LogLevel::Trace),
        _ => None,
    }
}
