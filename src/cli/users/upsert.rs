//! `keystead users upsert`

use clap::Args;
use serde::Serialize;

use super::create::{MadeJson, Wanted, told};
use crate::cli::exit::Failure;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::password::TemporaryPassword;
use crate::cli::whom::known_as;
use crate::flows::admin::by::By;
use crate::flows::admin::provision_user::{Provisioned, upsert_user};

/// The account is found by its e-mail address, its username or both. What is not said stays as it is; roles are given and
/// none is taken; a password is for an account that is made.
#[derive(Debug, Args)]
#[command(after_help = "\
Example, which may be run again and again:
  keystead users upsert --email ada@example.com --email-verified --display-name Ada --role auditor --json")]
pub struct Upsert {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    password: TemporaryPassword,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct UpsertedJson {
    /// `created`, `changed` or `unchanged`.
    outcome: &'static str,
    #[serde(flatten)]
    user: MadeJson,
}

pub async fn run(asked: Upsert) -> Result<(), Failure> {
    Offline::with(Needs::HASHER, async move |offline| {
        let context = offline.context();
        let chosen = asked.password.choose(&context.rules.password_policy)?;
        let (password, to_print) = chosen.map(|chosen| (chosen.password, chosen.to_print)).unzip();
        let wanted = asked.wanted.with(password);
        let (record, done) = upsert_user(context, &Offline::visit(), &By::Operator, wanted).await?;
        // One that was made for an account that was there already is nobody's.
        let to_print = to_print.flatten().filter(|_| done == Provisioned::Created);
        let outcome = match done {
            Provisioned::Created => "created",
            Provisioned::Changed => "changed",
            Provisioned::Unchanged => "unchanged",
        };
        let plain = format!("{}: {outcome}{}", known_as(&record.account), told(to_print.as_ref()));
        asked.output.tell(&UpsertedJson { outcome, user: MadeJson::new(record, to_print.as_ref()) }, plain)
    })
    .await
}
