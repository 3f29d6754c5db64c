//! `keystead clients list` and `keystead clients get`

use clap::Args;

use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::domain::clock::Timestamp;
use crate::domain::page::PageRequest;
use crate::domain::service_client::ServiceClient;
use crate::flows::admin::clients::{find_client, list_clients};
use crate::http::admin::clients::ClientJson;

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub struct Get {
    /// Its id or its name
    client: String,
    #[command(flatten)]
    output: Output,
}

pub async fn list(asked: List) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let mut page = PageRequest::new(None, None);
        while let Some(request) = page {
            let found = list_clients(offline.context(), &Offline::visit(), request).await?;
            for client in found.items {
                tell(asked.output, client)?;
            }
            page = found.next.and_then(|next| PageRequest::new(None, Some(next)));
        }
        Ok(())
    })
    .await
}

pub async fn get(asked: Get) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        tell(asked.output, find_client(offline.context(), &Offline::visit(), &asked.client).await?)
    })
    .await
}

fn tell(output: Output, client: ServiceClient) -> Result<(), Failure> {
    let used = client.last_used_at.map_or_else(|| "never".to_owned(), Timestamp::rfc3339);
    let (id, name, permissions) = (client.id, client.name.clone(), client.permissions.to_string());
    output.tell(&ClientJson::from(client), format_args!("{id}  {name}  last used {used}  {permissions}"))
}
