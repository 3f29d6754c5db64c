//! `keystead clients …`: programs that sign in with a secret of their own (RFC 6749, client credentials).

use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::configuration;
use super::exit::{Exit, Failure};
use super::offline::Offline;
use super::terminal::say;
use crate::domain::client_name::ClientName;
use crate::domain::permission::{PERMISSIONS_MAX, Permission, Permissions};
use crate::flows::create_client::{CreateClientError, create_client};

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
    /// Print one JSON object
    #[arg(long)]
    json: bool,
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
    let offline = Offline::open(&config.database).await?;
    let name = asked.name.as_str().to_owned();
    let created = create_client(&offline.database, name, &permissions, Offline::deadline()).await;
    offline.close().await;
    let (id, secret) = created?;
    let secret = secret.secret().expose_secret();
    if asked.json {
        let permissions: Vec<_> = permissions.iter().map(Permission::as_str).collect();
        say(json!({
            "client_id": id.to_string(),
            "client_secret": secret,
            "name": asked.name.as_str(),
            "permissions": permissions,
        }))?;
    } else {
        say(format_args!("client_id: {id}\nclient_secret: {secret}"))?;
    }
    Ok(())
}

impl From<CreateClientError> for Failure {
    fn from(error: CreateClientError) -> Self {
        match error {
            CreateClientError::NameTaken => Self::new(Exit::Conflict, error.to_string()),
            CreateClientError::Cause(cause) => cause.into(),
        }
    }
}
