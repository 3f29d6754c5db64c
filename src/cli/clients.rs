//! `keystead clients …`: programs that sign in with a secret of their own (RFC 6749, client credentials).

use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::configuration;
use super::exit::{Exit, Failure};
use super::offline::Offline;
use super::terminal::say;
use crate::domain::permission::{Permission, Permissions};
use crate::flows::create_client::{CreateClientError, create_client};

/// As wide as the column.
const NAME_CHARS_MAX: usize = 128;
/// A program that needs more wants a wildcard. It bounds the scope of its tokens: 64 × 98 bytes are some 6 KiB.
const PERMISSIONS_MAX: usize = 64;

#[derive(Debug, Subcommand)]
pub enum Clients {
    /// Make one; its secret is printed once and kept nowhere
    Create(Create),
}

#[derive(Debug, Args)]
pub struct Create {
    /// What people call it
    #[arg(long, value_parser = name)]
    name: String,
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
    let created = create_client(&offline.database, asked.name.clone(), &permissions, Offline::deadline()).await;
    offline.close().await;
    let (id, secret) = created?;
    let secret = secret.secret().expose_secret();
    if asked.json {
        let permissions: Vec<_> = permissions.iter().map(Permission::as_str).collect();
        say(json!({
            "client_id": id.to_string(), "client_secret": secret, "name": asked.name, "permissions": permissions,
        }))?;
    } else {
        say(format_args!("client_id: {id}\nclient_secret: {secret}"))?;
    }
    Ok(())
}

fn name(text: &str) -> Result<String, &'static str> {
    let is_good = !text.trim().is_empty() && text.trim() == text && !text.chars().any(char::is_control);
    if is_good && text.chars().count() <= NAME_CHARS_MAX {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 128 characters, without spaces around them and without control characters")
    }
}

impl From<CreateClientError> for Failure {
    fn from(error: CreateClientError) -> Self {
        match error {
            CreateClientError::NameTaken => Self::new(Exit::Conflict, error.to_string()),
            CreateClientError::Cause(cause) => cause.into(),
        }
    }
}
