//! `keystead db restore`: a backup put back, and nobody signed in afterwards.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::backup::Bar;
use crate::cli::configuration;
use crate::cli::confirm::Confirm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::node;
use crate::cli::offline::{Needs, Offline};
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::config::Config;
use crate::config::database::Target;
use crate::domain::clock::Clock;
use crate::flows::admin::after_restore::{AfterRestore, after_restore};
use crate::flows::admin::end_sessions::EndSessionsError;
use crate::store::backup::{self, BackupError, InPlace, Keys, Manifest, Staged};

const EXAMPLES: &str = "\
Examples:
  keystead db restore /var/backups/keystead-monday.db
  keystead db restore /var/backups/keystead-monday.db --dry-run
  keystead db restore /var/backups/keystead-monday.db --replace --yes

Stop the servers first. Everybody has to sign in again: what was ended after the backup would be alive again.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Restore {
    /// The file that `keystead db backup` wrote; its manifest stands beside it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put it in the place of a database that holds users
    #[arg(long)]
    replace: bool,
    /// Leave sessions alive, also those that were ended after the backup
    #[arg(long)]
    keep_sessions: bool,
    #[command(flatten)]
    confirm: Confirm,
    #[command(flatten)]
    told: Output,
}

pub async fn run(asked: Restore) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let sealer = node::sealer(&config)
        .map_err(|cause| Failure::new(Exit::Mistake, format!("SECRET_KEY cannot be used: {cause}")))?;
    let keys = Keys { sign: &sealer, ids: sealer.root_ids() };
    let mut bar = Bar::default();
    let mut hear = |progress| bar.hear(progress);
    let checked = backup::check(&asked.file, &config.database.target, &keys, &mut hear).await?;
    let there = users_there(&config, asked.replace).await?;
    drop(bar);
    let manifest = checked.manifest.clone();
    if asked.confirm.dry_run {
        return would(&manifest, there, asked.told);
    }
    asked.confirm.ask(&question(&manifest, there))?;
    let (clock, mut bar) = (Clock::system(), Bar::default());
    let mut hear = |progress| bar.hear(progress);
    let staged = backup::stage(checked, &config.database, asked.replace, &clock, &mut hear).await?;
    drop(bar);
    let ended = end(&config, &staged, &manifest, asked.keep_sessions).await?;
    let in_place = staged.put().await?;
    tell(&manifest, ended, &in_place, asked.told)
}

/// `None` where nobody can tell: what is there cannot be read, and may go.
async fn users_there(config: &Config, replace: bool) -> Result<Option<u64>, Failure> {
    match backup::users_there(&config.database).await {
        Ok(Some(users)) if users > 0 && !replace => Err(BackupError::HoldsUsers { users }.into()),
        Ok(users) => Ok(Some(users.unwrap_or_default())),
        Err(BackupError::Unreadable(_)) if replace => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn users(manifest: &Manifest) -> u64 {
    manifest.rows.get("users").copied().unwrap_or_default()
}

fn gone(there: Option<u64>) -> String {
    match there {
        Some(0) => "a database without users".to_owned(),
        Some(users) => format!("a database with {users} users"),
        None => "a file that cannot be read".to_owned(),
    }
}

fn question(manifest: &Manifest, there: Option<u64>) -> String {
    format!("Put the backup of {} with {} users in the place of {}?", manifest.at, users(manifest), gone(there))
}

fn would(manifest: &Manifest, there: Option<u64>, told: Output) -> Result<(), Failure> {
    let json = json!({
        "restored": false,
        "backup_at": manifest.at,
        "migration": manifest.migration,
        "users": users(manifest),
        "users_replaced": there,
    });
    let plain = format!(
        "the backup of {} is sound: {} users, migration {:04}; it would take the place of {}",
        manifest.at,
        users(manifest),
        manifest.migration,
        gone(there)
    );
    told.tell(&json, plain)
}

/// In the database that is not in its place yet, so that nobody ever works with what has to end.
async fn end(
    config: &Config,
    staged: &Staged,
    manifest: &Manifest,
    keep_sessions: bool,
) -> Result<AfterRestore, Failure> {
    let about = BTreeMap::from([("backup_at", manifest.at.clone()), ("sha256", manifest.sha256.clone())]);
    let offline = Offline::open_at(config, staged.settings(), Needs::NOTHING).await?;
    let bar = Progress::endless("ending sessions");
    let ended = after_restore(offline.context(), keep_sessions, about, |some| bar.advance(some)).await;
    drop(bar);
    offline.close().await;
    ended.map_err(|error| {
        let failure = match error {
            EndSessionsError::Above(cause) => Failure::from(cause),
            EndSessionsError::Cause(cause) => cause.into(),
        };
        failure.hint(match config.database.target {
            Target::Sqlite { .. } => "the database is as it was before; run this again",
            Target::MySql(_) | Target::Postgres(_) => {
                "the backup is loaded, and sessions in it may be alive: start no server before this has run again"
            }
        })
    })
}

fn tell(manifest: &Manifest, ended: AfterRestore, place: &InPlace, told: Output) -> Result<(), Failure> {
    let kept = place.kept.as_ref().map(|path| path.display().to_string());
    let json = json!({
        "restored": true,
        "backup_at": manifest.at,
        "migration": manifest.migration,
        "users": users(manifest),
        "sessions_ended": ended.sessions,
        "one_time_tokens_withdrawn": ended.one_time_tokens,
        "mails_withdrawn": ended.mails,
        "kept": kept,
    });
    let sessions = ended.sessions.map_or_else(|| "kept".to_owned(), |count| format!("{count} ended"));
    let mut plain = format!(
        "restored: the database of {} with {} users\nsessions: {sessions}; one-time tokens withdrawn: {}; mails \
         withdrawn: {}",
        manifest.at,
        users(manifest),
        ended.one_time_tokens,
        ended.mails
    );
    if let Some(kept) = kept {
        plain.push_str("\nwhat was there before: ");
        plain.push_str(&kept);
    }
    told.tell(&json, plain)
}
