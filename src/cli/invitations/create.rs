//! `keystead invitations create`

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::domain::email::Email;
use crate::flows::admin::by::By;
use crate::flows::admin::invitations::make_invitation;
use crate::flows::invite::Invited;

const EXAMPLES: &str = "\
Examples:
  keystead invitations create --json | jq -r .token     # hand it on yourself
  keystead invitations create --email ada@example.com   # a running server mails it";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Create {
    /// For this address alone; a running server sends it there
    #[arg(long, value_parser = address)]
    email: Option<Email>,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Create) -> Result<(), Failure> {
    let invited = Offline::with(Needs::NOTHING, async |offline| {
        Ok(make_invitation(offline.context(), &Offline::visit(), &By::Operator, asked.email).await?)
    });
    let Invited { id, token, expires_at } = invited.await?;
    let (token, expires_at) = (token.as_ref().map(SecretString::expose_secret), expires_at.rfc3339());
    let json = json!({ "id": id, "token": token, "expires_at": expires_at });
    match token {
        Some(token) => asked.output.tell(&json, format_args!("invitation: {token}\nexpires_at: {expires_at}")),
        None => asked.output.tell(&json, format_args!("invitation {id}: goes out by mail\nexpires_at: {expires_at}")),
    }
}

fn address(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}
