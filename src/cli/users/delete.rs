//! `keystead users delete`

use clap::Args;
use serde_json::json;

use crate::cli::confirm::Confirm;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::whom::{Whom, known_as};
use crate::domain::etag::Precondition;
use crate::flows::admin::by::By;
use crate::flows::admin::delete_user::delete_user;

/// Sessions, second factor, linked identities, roles and personal data in the audit trail go, too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  keystead users delete ada@example.com --dry-run
  keystead users delete ada@example.com --yes")]
pub struct Delete {
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Delete) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let record = asked.whom.find(offline).await?;
        let (id, name) = (record.account.id, known_as(&record.account));
        let dry_run = asked.confirm.dry_run;
        let json = json!({ "dry_run": dry_run, "id": id });
        if dry_run {
            return asked.output.tell(&json, format_args!("would delete {name} ({id})"));
        }
        asked.confirm.ask(&format!("Delete {name} ({id}) with all that is held about them?"))?;
        // Whoever was asked has seen this account, and not what became of it meanwhile.
        let seen = Precondition::OneOf(vec![record.etag().as_str().to_owned()]);
        delete_user(offline.context(), &Offline::visit(), &By::Operator, id, &seen).await?;
        asked.output.tell(&json, format_args!("{name}: deleted"))
    })
    .await
}
