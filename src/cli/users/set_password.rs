//! `keystead users set-password`

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::password::TemporaryPassword;
use crate::cli::whom::{Whom, known_as};
use crate::flows::admin::by::By;
use crate::flows::admin::give_password::give_password;

/// Nobody keeps a password that somebody else has chosen: it is good for one sign-in, at which its owner sets another.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  keystead users set-password ada@example.com --generate
  keystead users set-password ada --password-stdin < file")]
pub struct SetPassword {
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    password: TemporaryPassword,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: SetPassword) -> Result<(), Failure> {
    Offline::with(Needs::HASHER, async |offline| {
        let account = asked.whom.find(offline).await?.account;
        let (context, name) = (offline.context(), known_as(&account));
        let policy = &context.rules.password_policy;
        let chosen = asked.password.choose_or_ask(policy, &format!("Temporary password for {name}: "))?;
        give_password(context, &Offline::visit(), &By::Operator, account.id, chosen.password).await?;
        let to_print = chosen.to_print.as_ref().map(SecretString::expose_secret);
        let json = json!({ "id": account.id, "temporary_password": to_print });
        let plain = to_print.map_or_else(
            || format!("{name}: has a temporary password now, and is signed out everywhere"),
            |text| format!("{name}: is signed out everywhere\ntemporary password: {text}"),
        );
        asked.output.tell(&json, plain)
    })
    .await
}
