//! `keystead clients delete`

use clap::Args;
use serde_json::json;

use crate::cli::confirm::Confirm;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::flows::admin::by::By;
use crate::flows::admin::clients::{delete_client, find_client};

#[derive(Debug, Args)]
pub struct Delete {
    /// Its id or its name
    client: String,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Delete) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let client = find_client(offline.context(), &Offline::visit(), &asked.client).await?;
        let (id, name, dry_run) = (client.id, client.name, asked.confirm.dry_run);
        let json = json!({ "dry_run": dry_run, "id": id });
        if dry_run {
            return asked.output.tell(&json, format_args!("would delete {name} ({id})"));
        }
        asked.confirm.ask(&format!("Delete {name} ({id}), so that its secret and its tokens are refused?"))?;
        delete_client(offline.context(), &Offline::visit(), &By::Operator, id).await?;
        asked.output.tell(&json, format_args!("{name}: deleted"))
    })
    .await
}
