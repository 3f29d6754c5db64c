//! `keystead config show`

use clap::Args;
use serde_json::{Value, json};

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::cli::overrides::Overrides;
use crate::config::{Origin, Shown, Source, shown};

const EXAMPLES: &str = "\
Examples:
  keystead config show --changed          # what is not at its default
  keystead config show --json | jq 'select(.from == \".env\")'";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Show {
    /// Only what somebody set
    #[arg(long)]
    changed: bool,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    output: Output,
}

pub fn run(asked: &Show) -> Result<(), Failure> {
    let mut section = "";
    for one in shown(&Source::of_this_process(asked.overrides.pairs())) {
        if asked.changed && !one.is_set {
            continue;
        }
        if one.section != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            asked.output.remark(format_args!("{gap}# {}", one.section))?;
            section = one.section;
        }
        asked.output.tell(&as_json(&one), as_line(&one))?;
    }
    Ok(())
}

/// `NAME=value`, and behind it where that came from.
fn as_line(one: &Shown) -> String {
    let from = match &one.from {
        Origin::CommandLine => "from the command line".to_owned(),
        Origin::Environment => "from the environment".to_owned(),
        Origin::DotEnv => "from .env".to_owned(),
        Origin::File(path) => format!("from the file {path}"),
        Origin::Default(Some(from)) => format!("default: {from}"),
        Origin::Default(None) if one.value.is_none() => "not set".to_owned(),
        Origin::Default(None) => "default".to_owned(),
    };
    let value = match &one.value {
        // Escaped: a line break in it would fake another setting.
        Some(value) if value.contains(char::is_control) => format!("{value:?}"),
        Some(value) => value.clone(),
        None if one.is_set => "(set, not shown)".to_owned(),
        None => String::new(),
    };
    format!("{}={value}  # {from}", one.name)
}

fn as_json(one: &Shown) -> Value {
    let (file, derived) = match &one.from {
        Origin::File(path) => (Some(path.as_str()), None),
        Origin::Default(derived) => (None, *derived),
        Origin::CommandLine | Origin::Environment | Origin::DotEnv => (None, None),
    };
    json!({
        "name": one.name,
        "value": one.value,
        "set": one.is_set,
        "secret": one.is_secret,
        "from": one.from.word(),
        "file": file,
        "default": derived,
        "section": one.section,
    })
}
