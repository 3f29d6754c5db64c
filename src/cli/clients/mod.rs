//! `keystead clients …`: programs that sign in with a secret of their own (RFC 6749, client credentials).
//!
//! Each command does what a call of the admin plane does, by the same flow, as the operator. A secret is printed when it
//! is made, and kept nowhere. A client is named by its id or by its name.

mod create;
mod delete;
mod look;
mod rotate_secret;

use clap::Subcommand;

use super::exit::{Exit, Failure};
use crate::flows::admin::clients::ClientsError;

#[derive(Debug, Subcommand)]
pub enum Clients {
    /// Make one; its secret is printed once and kept nowhere
    Create(create::Create),
    /// Print all of them, the latest first
    List(look::List),
    /// Print one of them, by its id or its name
    Get(look::Get),
    /// Put another secret in the place of the one before, which is refused from then on
    RotateSecret(rotate_secret::RotateSecret),
    /// Delete one; its secret and its tokens are refused from then on
    Delete(delete::Delete),
}

pub async fn run(asked: Clients) -> Result<(), Failure> {
    match asked {
        Clients::Create(asked) => create::run(asked).await,
        Clients::List(asked) => look::list(asked).await,
        Clients::Get(asked) => look::get(asked).await,
        Clients::RotateSecret(asked) => rotate_secret::run(asked).await,
        Clients::Delete(asked) => delete::run(asked).await,
    }
}

impl From<ClientsError> for Failure {
    fn from(error: ClientsError) -> Self {
        match error {
            ClientsError::NoSuchClient => {
                Self::new(Exit::NotFound, error.to_string()).hint("`keystead clients list` shows those that there are")
            }
            ClientsError::NameTaken => Self::new(Exit::Conflict, error.to_string())
                .hint("take another name, or `keystead clients rotate-secret` where its secret is lost"),
            ClientsError::Above(cause) => cause.into(),
            ClientsError::Cause(cause) => cause.into(),
        }
    }
}
