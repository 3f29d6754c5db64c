//! `keystead invitations withdraw`

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::flows::admin::by::By;
use crate::flows::admin::invitations::withdraw_invitation;

#[derive(Debug, Args)]
pub struct Withdraw {
    /// Its id, as `keystead invitations list` prints it
    invitation: Uuid,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Withdraw) -> Result<(), Failure> {
    let id = asked.invitation;
    Offline::with(Needs::NOTHING, async |offline| {
        Ok(withdraw_invitation(offline.context(), &Offline::visit(), &By::Operator, id).await?)
    })
    .await?;
    asked.output.tell(&json!({ "id": id }), format_args!("invitation {id}: is good for nothing any more"))
}
