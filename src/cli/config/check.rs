//! `keystead config check`

use clap::Args;
use serde_json::json;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::cli::overrides::Overrides;
use crate::config::{Config, Mistake, Mistakes, Source};

const EXAMPLES: &str = "\
Examples:
  keystead config check                                # in the folder where .env is
  keystead config check --json | jq -r .mistakes[].variable
  systemctl restart keystead                           # only once the check is silent about mistakes";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    output: Output,
}

pub fn run(asked: &Check) -> Result<(), Failure> {
    let read = Config::look(&Source::of_this_process(asked.overrides.pairs()));
    let mistakes = read.as_ref().err().map_or(&[][..], |Mistakes(mistakes)| mistakes);
    let rows: Vec<_> = mistakes.iter().map(as_json).collect();
    if asked.output.json || mistakes.is_empty() {
        let whole = json!({ "ok": mistakes.is_empty(), "mistakes": rows });
        asked.output.tell(&whole, "The configuration has no mistakes.")?;
    }
    read.map(drop).map_err(Failure::from)
}

fn as_json(Mistake { variable, was, remedy }: &Mistake) -> serde_json::Value {
    json!({ "variable": variable, "was": was, "remedy": remedy })
}
