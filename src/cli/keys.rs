//! `keystead keys …`: the keys that sign access tokens.
//!
//! They are sealed under `SECRET_KEY` and never leave the database; what is printed is what everybody may know.

use clap::{Args, Subcommand};
use serde_json::json;

use super::confirm::Confirm;
use super::exit::Failure;
use super::offline::{Needs, Offline};
use super::output::Output;
use super::reseal::{self, Reseal};
use crate::actors::issuer::When;
use crate::domain::signing_key::{KeyState, SigningKeyRecord};
use crate::flows::admin::by::By;
use crate::flows::admin::keys::{NextKey, list_keys, rotate_keys};
use crate::http::admin::keys::KeyJson;

const EXAMPLES: &str = "\
Examples:
  keystead keys rotate                    # nobody notices: the next key signs in ten minutes
  keystead keys rotate --now --dry-run    # which keys would be worth nothing
  keystead keys rotate --now --yes        # a key was stolen

With --now every access token that was made before is refused: by running servers within seconds, by programs that keep
the public keys themselves once they read them again (five minutes). Nobody is signed out: clients refresh.";

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Print the signing keys, the latest first, with what each is good for
    List(List),
    /// Put another signing key in the place of the one that signs
    Rotate(Rotate),
    /// After a change of the secret key: move everything that the previous one has sealed to the present one
    Reseal(Reseal),
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Rotate {
    /// A key was stolen: the new one signs at once, and all others are good for nothing any more
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Keys) -> Result<(), Failure> {
    match asked {
        Keys::List(asked) => list(asked.output).await,
        Keys::Rotate(asked) => rotate(asked).await,
        Keys::Reseal(asked) => reseal::run(asked).await,
    }
}

async fn list(output: Output) -> Result<(), Failure> {
    Offline::with(Needs::ISSUER, async |offline| {
        for (key, state) in list_keys(offline.context(), &Offline::visit()).await? {
            let plain = line(&key, state);
            output.tell(&KeyJson::from((key, state)), plain)?;
        }
        Ok(())
    })
    .await
}

fn line(key: &SigningKeyRecord, state: KeyState) -> String {
    let until = key.retired_at.map_or_else(String::new, |at| format!("  until {}", at.rfc3339()));
    format!("{}  {}  {:10}  from {}{until}", key.id, key.algorithm, state.word(), key.active_from.rfc3339())
}

async fn rotate(asked: Rotate) -> Result<(), Failure> {
    let (when, dry_run) = (if asked.now { When::AtOnce } else { When::Unnoticed }, asked.confirm.dry_run);
    Offline::with(Needs::ISSUER, async |offline| {
        let keys = list_keys(offline.context(), &Offline::visit()).await?;
        let good = keys.into_iter().filter(|(_, state)| asked.now && *state != KeyState::Retired);
        let retired: Vec<_> = good.map(|(key, _)| key.id).collect();
        if dry_run {
            let plain = match when {
                When::Unnoticed => {
                    "would make the next key, or name the one that waits; nothing is retired at once".into()
                }
                When::AtOnce => format!("would make a key that signs at once, and retire {}", retired.join(", ")),
            };
            return asked
                .output
                .tell(&json!({ "dry_run": true, "key": null, "is_new": null, "retired": retired }), plain);
        }
        if when == When::AtOnce {
            asked.confirm.ask("Retire every signing key now, so that each access token made before is refused?")?;
        }
        let next = rotate_keys(offline.context(), &Offline::visit(), &By::Operator, when).await?;
        tell(asked.output, next, &retired)
    })
    .await
}

fn tell(output: Output, next: NextKey, retired: &[String]) -> Result<(), Failure> {
    let NextKey { key, state, is_new } = next;
    let begins = match (is_new, state) {
        (false, _) => format!("key {}: was made before, and signs from {}", key.id, key.active_from.rfc3339()),
        (true, KeyState::Signing) => format!("key {}: signs from now on", key.id),
        (true, _) => format!("key {}: is published, and signs from {}", key.id, key.active_from.rfc3339()),
    };
    let ends: Vec<_> = retired.iter().map(|kid| format!("\nkey {kid}: is good for nothing any more")).collect();
    let json = json!({
        "dry_run": false, "key": KeyJson::from((key, state)), "is_new": is_new, "retired": retired,
    });
    output.tell(&json, format_args!("{begins}{}", ends.concat()))
}
