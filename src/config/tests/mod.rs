//! Tests of the configuration as a whole: from variables to settings, or to all mistakes.
//!
//! Nothing here reads the real environment, and no test may leave a development key outside its own folder: [`KEY`] is
//! given wherever a folder is not.

mod anything;
mod cross_checks;
mod databases;
mod defaults;
mod development;
mod mail;
mod messages;
mod oauth;
mod pages;
mod precedence;

use super::{Config, Mistakes, Source};

const KEY: (&str, &str) = ("SECRET_KEY", "7Qm2vXk9Lr4TzN8cWb1HsYd6Jf3GpA5e");

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn environment(pairs: &[(&str, &str)]) -> Source {
    Source::from_parts(owned(pairs), [], [])
}

/// Reads with a key given, so that no development key is made.
fn read(pairs: &[(&str, &str)]) -> Result<Config, Mistakes> {
    Config::read(&environment(&[&[KEY], pairs].concat()))
}

fn read_in_production(pairs: &[(&str, &str)]) -> Result<Config, Mistakes> {
    read(&[&[("KEYSTEAD_ENV", "production")], pairs].concat())
}

/// The lines of the message; panics when nothing was wrong.
fn lines(read: Result<Config, Mistakes>) -> Vec<String> {
    read.unwrap_err().to_string().lines().map(str::to_owned).collect()
}

/// The only line of the message.
#[track_caller]
fn only_line(read: Result<Config, Mistakes>) -> String {
    let lines = lines(read);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].clone()
}
