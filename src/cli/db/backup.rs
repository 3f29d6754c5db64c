//! `keystead db backup`: one consistent moment of the database as a file, and what it is beside it.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::cli::configuration;
use crate::cli::exit::{Exit, Failure};
use crate::cli::node;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::config::Config;
use crate::config::database::Target;
use crate::domain::clock::Clock;
use crate::store::backup::{self, BackupError, Keys, Taken};

const EXAMPLES: &str = "\
Examples:
  keystead db backup
  keystead db backup -o /var/backups/keystead-monday.db

Beside the file stands FILE.manifest.json; keep the two together. Keep SECRET_KEY too, but somewhere else:
without it nothing that is sealed in the backup can be read again.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Backup {
    /// The file to write; it must not be there yet. Without this, a name with the time, in the current folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    told: Output,
}

pub async fn run(asked: Backup) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let now = Clock::system().now();
    let file = asked.output.unwrap_or_else(|| named_by_time(&config, &now.rfc3339()));
    let sealer = node::sealer(&config)
        .map_err(|cause| Failure::new(Exit::Mistake, format!("SECRET_KEY cannot be used: {cause}")))?;
    let keys = Keys { sign: &sealer, ids: sealer.root_ids() };
    let mut bar = Bar::default();
    let taken = backup::take(&config.database, &file, &keys, now, &mut |progress| bar.hear(progress)).await;
    drop(bar);
    tell(&taken?, asked.told)
}

fn named_by_time(config: &Config, now: &str) -> PathBuf {
    let moment: String = now.split('.').next().unwrap_or_default().chars().filter(|it| it.is_alphanumeric()).collect();
    let end = if matches!(config.database.target, Target::Sqlite { .. }) { "db" } else { "sql" };
    PathBuf::from(format!("keystead-{moment}Z.{end}"))
}

fn tell(taken: &Taken, told: Output) -> Result<(), Failure> {
    let (manifest, file) = (&taken.manifest, taken.file.display().to_string());
    let users = manifest.rows.get("users").copied().unwrap_or_default();
    let json = json!({
        "file": file,
        "manifest_file": taken.manifest_file.display().to_string(),
        "kind": manifest.kind,
        "migration": manifest.migration,
        "at": manifest.at,
        "bytes": manifest.bytes,
        "sha256": manifest.sha256,
        "users": users,
        "secret_key": manifest.secret_key,
        "newest_seal": manifest.newest_seal,
    });
    let plain = format!(
        "backup: {file} ({} bytes, {users} users, migration {:04})\nmanifest: {}\nIt needs the SECRET_KEY of this \
         installation to be put back; keep that somewhere else.",
        manifest.bytes,
        manifest.migration,
        taken.manifest_file.display(),
    );
    told.tell(&json, plain)
}

/// A bar for whichever part the work is at.
#[derive(Default)]
pub(super) struct Bar(Option<Progress>);

impl Bar {
    pub(super) fn hear(&mut self, progress: backup::Progress) {
        match progress {
            backup::Progress::Part(what, bytes) => {
                // The one before goes first, or the two would stand there together.
                self.0 = None;
                self.0 = Some(bytes.map_or_else(|| Progress::endless(what), |bytes| Progress::bytes(what, bytes)));
            }
            backup::Progress::Done(bytes) => {
                if let Some(bar) = &self.0 {
                    bar.advance(bytes);
                }
            }
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let text = error.to_string();
        let (exit, hint) = match error {
            BackupError::Schema(cause) => return cause.into(),
            BackupError::Store(cause) => return cause.into(),
            BackupError::File { .. } => (Exit::Failure, "see whether the folder is there and may be written"),
            BackupError::ThereAlready(_) => (Exit::Conflict, "name another file with --output, or move that one away"),
            BackupError::Missing(_) => (Exit::NotFound, "name the file that `keystead db backup` wrote"),
            BackupError::ProgramMissing { .. } => (Exit::NotFound, "install that package and run this again"),
            BackupError::ProgramFailed { .. } | BackupError::Endless(_) => (Exit::Failure, "nothing was kept of it"),
            BackupError::Unquotable => (Exit::Mistake, "see DB_USERNAME, DB_PASSWORD and DATABASE_URL"),
            BackupError::NoManifest(_) => {
                (Exit::NotFound, "FILE.manifest.json, which `keystead db backup` wrote too, belongs beside the file")
            }
            BackupError::OtherKey { .. } => {
                (Exit::Refused, "set SECRET_KEY, or SECRET_KEY_PREVIOUS, to the key that this backup was made under")
            }
            BackupError::Forged | BackupError::Truncated { .. } | BackupError::Damaged | BackupError::Unsound(_) => {
                (Exit::Refused, "take another backup, or another copy of this one")
            }
            BackupError::OtherKind { .. } => (
                Exit::Refused,
                "put it back into a database of its own kind; `keystead db copy` then brings it into another kind",
            ),
            BackupError::Ahead { .. } => (Exit::Schema, "use the version of Keystead that made it, or a newer one"),
            BackupError::HoldsUsers { .. } => {
                (Exit::Conflict, "make a backup of it, then say --replace; or name an empty database")
            }
            BackupError::Unreadable(_) => {
                (Exit::Conflict, "if it is what is to be replaced, stop the server and say --replace")
            }
            BackupError::InUse => (Exit::Conflict, "stop every server and every program that works on it first"),
        };
        Self::new(exit, text).hint(hint)
    }
}
