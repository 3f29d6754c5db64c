//! `keystead clients rotate-secret`

use clap::Args;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::cli::confirm::Confirm;
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::flows::admin::by::By;
use crate::flows::admin::clients::{find_client, rotate_client_secret};

const EXAMPLE: &str = "\
Example:
  keystead clients rotate-secret mailer --yes --json | jq -r .client_secret > /run/secrets/mailer

Running servers refuse the old secret within a second. Tokens that were got with it go on until they expire.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct RotateSecret {
    /// Its id or its name
    client: String,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: RotateSecret) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let client = find_client(offline.context(), &Offline::visit(), &asked.client).await?;
        let (id, name, dry_run) = (client.id, client.name, asked.confirm.dry_run);
        if dry_run {
            let json = json!({ "dry_run": true, "client_id": id, "client_secret": null });
            return asked.output.tell(&json, format_args!("would make another secret for {name} ({id})"));
        }
        asked.confirm.ask(&format!("Make another secret for {name} ({id}), so that the one it has is refused?"))?;
        let secret = rotate_client_secret(offline.context(), &Offline::visit(), &By::Operator, id).await?;
        let secret = secret.secret().expose_secret();
        let json = json!({ "dry_run": false, "client_id": id, "client_secret": secret });
        asked.output.tell(&json, format_args!("client_id: {id}\nclient_secret: {secret}"))
    })
    .await
}
