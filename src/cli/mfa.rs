//! `keystead mfa …`: second factors of people who have lost theirs.

use clap::{Args, Subcommand};
use serde_json::json;

use super::confirm::Confirm;
use super::exit::Failure;
use super::offline::{Needs, Offline};
use super::output::Output;
use super::whom::{Whom, known_as};
use crate::flows::admin::by::By;
use crate::flows::admin::user_mfa::{reset_mfa, view_mfa_of};

#[derive(Debug, Subcommand)]
pub enum Mfa {
    /// Forget somebody's second factor and recovery codes, and end every session; its owner is told by mail
    Reset(Reset),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Make sure first that it is its owner who asks: whoever knows the password gets in afterwards.

Example:
  keystead mfa reset ada@example.com")]
pub struct Reset {
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Mfa) -> Result<(), Failure> {
    match asked {
        Mfa::Reset(asked) => reset(asked).await,
    }
}

async fn reset(asked: Reset) -> Result<(), Failure> {
    Offline::with(Needs::NOTHING, async |offline| {
        let account = asked.whom.find(offline).await?.account;
        let (context, visit, id, name) = (offline.context(), Offline::visit(), account.id, known_as(&account));
        let (dry_run, was) = (asked.confirm.dry_run, view_mfa_of(context, &visit, id).await?);
        let json = json!({
            "dry_run": dry_run,
            "id": id,
            "was_enabled": was.enabled,
            "recovery_codes_left": was.recovery_codes_left,
        });
        if dry_run {
            let state = if was.enabled { "would be forgotten" } else { "there is none" };
            return asked.output.tell(&json, format_args!("{name}: second factor: {state}"));
        }
        asked.confirm.ask(&format!("Forget the second factor of {name}, and end every session?"))?;
        reset_mfa(context, &Offline::visit(), &By::Operator, id).await?;
        let state = if was.enabled { "forgotten; every session has ended" } else { "there was none" };
        asked.output.tell(&json, format_args!("{name}: second factor: {state}"))
    })
    .await
}
