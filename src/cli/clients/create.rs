//! `keystead clients create`

use clap::Args;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::domain::client_name::ClientName;
use crate::domain::permission::{PERMISSIONS_MAX, Permission, Permissions};
use crate::domain::service_client::ServiceClient;
use crate::flows::admin::by::By;
use crate::flows::admin::clients::make_client;

const EXAMPLE: &str = "\
Example:
  keystead clients create --name mailer --permission users:read --permission mail:*

The secret is for HTTP Basic at POST /oauth2/token, with grant_type=client_credentials.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Create {
    /// What people call it
    #[arg(long, value_parser = ClientName::parse)]
    name: ClientName,
    /// What it may do, as resource:action; may be given several times
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<Permission>,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Create) -> Result<(), Failure> {
    if asked.permissions.len() > PERMISSIONS_MAX {
        return Err(Failure::new(Exit::Mistake, format!("a client has at most {PERMISSIONS_MAX} permissions")));
    }
    let permissions: Permissions = asked.permissions.into_iter().collect();
    let created = Offline::with(Needs::NOTHING, async |offline| {
        Ok(make_client(offline.context(), &Offline::visit(), &By::Operator, &asked.name, permissions).await?)
    });
    let (ServiceClient { id, permissions, .. }, secret) = created.await?;
    let secret = secret.secret().expose_secret();
    let permissions: Vec<_> = permissions.iter().map(Permission::as_str).collect();
    let json = json!({
        "client_id": id,
        "client_secret": secret,
        "name": asked.name.as_str(),
        "permissions": permissions,
    });
    asked.output.tell(&json, format_args!("client_id: {id}\nclient_secret: {secret}"))
}
