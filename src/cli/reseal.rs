//! `keystead keys reseal`: what is sealed moves to another `SECRET_KEY`.

use clap::Args;
use serde_json::json;

use super::exit::{Exit, Failure};
use super::offline::{Needs, Offline};
use super::output::Output;
use super::progress::Progress;
use crate::flows::admin::by::By;
use crate::flows::reseal::{Resealed, reseal};

const STEPS: &str = "\
To change SECRET_KEY:
  1. give every server the new SECRET_KEY, and the old one as SECRET_KEY_PREVIOUS, and start them again
  2. keystead keys reseal                # with the same two settings; beside running servers
  3. take SECRET_KEY_PREVIOUS away, and start the servers again

It may be stopped and run again at any time.";

#[derive(Debug, Args)]
#[command(after_help = STEPS)]
pub struct Reseal {
    /// Say how much would be moved, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Reseal) -> Result<(), Failure> {
    let Reseal { dry_run, output } = asked;
    let columns = Offline::with(Needs::NOTHING, async |offline| {
        let progress = Progress::endless("looking for sealed values");
        let told = |table, rows| {
            progress.part(table);
            progress.advance(rows);
        };
        Ok(reseal(offline.context(), &Offline::visit(), &By::Operator, dry_run, told).await?)
    })
    .await?;
    let sum = |of: fn(&Resealed) -> u64| columns.iter().map(of).sum::<u64>();
    let (left, unreadable) = (sum(|column| column.left), sum(|column| column.unreadable));
    let may_go = left == 0 && unreadable == 0;
    let rows: Vec<_> = columns.iter().map(json_of).collect();
    let json = json!({ "dry_run": dry_run, "tables": rows, "previous_key_may_go": may_go });
    output.tell(&json, columns.iter().map(|column| line(column, dry_run)).collect::<Vec<_>>().join("\n"))?;
    if unreadable > 0 {
        let text = format!("{unreadable} values open under neither key");
        return Err(Failure::new(Exit::Failure, text).hint(
            "is SECRET_KEY_PREVIOUS the key before this one? Values of one-time tokens and mails are swept with their rows",
        ));
    }
    if left > 0 && !dry_run {
        let text = format!("{left} values were sealed under the previous key meanwhile");
        return Err(Failure::new(Exit::Failure, text)
            .hint("a server still has the old SECRET_KEY: start it with the new one, and run this again"));
    }
    if may_go {
        output.remark(
            "Nothing is left under another key: SECRET_KEY_PREVIOUS can go once every server has the new SECRET_KEY.",
        )?;
    }
    Ok(())
}

fn json_of(column: &Resealed) -> serde_json::Value {
    let Resealed { table, values, moved, left, unreadable } = column;
    json!({ "table": table, "values": values, "moved": moved, "left": left, "unreadable": unreadable })
}

fn line(column: &Resealed, dry_run: bool) -> String {
    let Resealed { table, values, moved, left, unreadable } = column;
    let unreadable = if *unreadable > 0 { format!(", {unreadable} open under neither key") } else { String::new() };
    if dry_run {
        format!("{table}: {values} sealed, {left} would be moved{unreadable}")
    } else {
        format!("{table}: {values} sealed, {moved} moved, {left} left{unreadable}")
    }
}
