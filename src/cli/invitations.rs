//! `keystead invitations …`: leave to register where not everybody may.

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::configuration;
use super::exit::{Exit, Failure};
use super::offline::{Needs, Offline};
use super::terminal::say;
use crate::domain::email::Email;
use crate::flows::invite::{InviteError, Invited, Inviting, invite};

#[derive(Debug, Subcommand)]
pub enum Invitations {
    /// Make one, good for a week: printed once, or mailed to the one address that it is for
    Create(Create),
}

#[derive(Debug, Args)]
pub struct Create {
    /// For this address alone; a running server sends it there
    #[arg(long, value_parser = address)]
    email: Option<Email>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub async fn run(asked: Invitations) -> Result<(), Failure> {
    match asked {
        Invitations::Create(asked) => create(asked).await,
    }
}

async fn create(asked: Create) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let offline = Offline::open(&config, Needs::NOTHING).await?;
    let (database, clock, deadline) = (offline.database(), offline.clock(), Offline::deadline());
    let invited =
        invite(&Inviting { database, sealer: &offline.context().house.sealer, clock, deadline }, asked.email).await;
    offline.close().await;
    tell(&invited?, asked.json)
}

fn tell(invited: &Invited, as_json: bool) -> Result<(), Failure> {
    let (id, token) = (invited.id, invited.token.as_ref().map(SecretString::expose_secret));
    let expires_at = invited.expires_at.rfc3339();
    if as_json {
        say(json!({ "id": id.to_string(), "invitation": token, "expires_at": expires_at }))?;
    } else if let Some(token) = token {
        say(format_args!("invitation: {token}\nexpires_at: {expires_at}"))?;
    } else {
        say(format_args!("invitation {id}: goes out by mail\nexpires_at: {expires_at}"))?;
    }
    Ok(())
}

fn address(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}

impl From<InviteError> for Failure {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::EmailTaken => Self::new(Exit::Conflict, error.to_string()),
            InviteError::Cause(cause) => cause.into(),
        }
    }
}
