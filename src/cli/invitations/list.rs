//! `keystead invitations list`

use clap::Args;

use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::domain::page::PageRequest;
use crate::flows::admin::invitations::{Invitation, list_invitations};
use crate::http::admin::invitations::InvitationJson;

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: List) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let mut page = PageRequest::new(None, None);
        while let Some(request) = page {
            let found = list_invitations(offline.context(), &Offline::visit(), request).await?;
            for invitation in found.items {
                let plain = line(&invitation);
                asked.output.tell(&InvitationJson::from(invitation), plain)?;
            }
            page = found.next.and_then(|next| PageRequest::new(None, Some(next)));
        }
        Ok(())
    })
    .await
}

fn line(invitation: &Invitation) -> String {
    let whom = invitation.email.as_deref().unwrap_or("whoever has it");
    format!("{}  for {whom}  until {}", invitation.id, invitation.expires_at.rfc3339())
}
