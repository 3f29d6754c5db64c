//! `keystead clients …`: programs that sign in with a secret of their own (RFC 6749, client credentials).

use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::configuration;
use super::exit::{Exit, Failure};
use super::offline::{Needs, Offline};
use super::output::Output;
use crate::domain::client_name::ClientName;
use crate::domain::permission::{PERMISSIONS_MAX, Permission, Permissions};
use crate::domain::service_client::ServiceClient;
use crate::flows::admin::by::By;
use crate::flows::admin::clients::{ClientsError, make_client};

#[derive(Debug, Subcommand)]
pub enum Clients {
    /// Make one; its secret is printed once and kept nowhere
    Create(Create),
}

#[derive(Debug, Args)]
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

pub async fn run(asked: Clients) -> Result<(), Failure> {
    match asked {
        Clients::Create(asked) => create(asked).await,
    }
}

async fn create(asked: Create) -> Result<(), Failure> {
    if asked.permissions.len() > PERMISSIONS_MAX {
        return Err(Failure::new(Exit::Mistake, format!("a client has at most {PERMISSIONS_MAX} permissions")));
    }
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let permissions: Permissions = asked.permissions.into_iter().collect();
    let offline = Offline::open(&config, Needs::NOTHING).await?;
    let (context, visit) = (offline.context(), Offline::visit());
    let created = make_client(context, &visit, &By::Operator, &asked.name, permissions).await;
    offline.close().await;
    let (ServiceClient { id, permissions, .. }, secret) = created?;
    let secret = secret.secret().expose_secret();
    let permissions: Vec<_> = permissions.iter().map(Permission::as_str).collect();
    let json = json!({
        "client_id": id.to_string(),
        "client_secret": secret,
        "name": asked.name.as_str(),
        "permissions": permissions,
    });
    asked.output.tell(&json, format_args!("client_id: {id}\nclient_secret: {secret}"))
}

impl From<ClientsError> for Failure {
    fn from(error: ClientsError) -> Self {
        match error {
            ClientsError::NoSuchClient => Self::new(Exit::NotFound, error.to_string()),
            ClientsError::NameTaken => Self::new(Exit::Conflict, error.to_string()),
            ClientsError::Above(cause) => cause.into(),
            ClientsError::Cause(cause) => cause.into(),
        }
    }
}
