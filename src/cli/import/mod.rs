//! `keystead import`: users of another system, however many, into this database.
//!
//! A thread reads and parses while a batch is written, and neither is ahead of the other by more than a few batches, so
//! memory does not grow with the source. A row that cannot be an account is told and stops nothing. A run that was cut off
//! is run again: who is there already is left as they are. What a row may hold is said in docs/import.md.

mod flask;
mod jsonl;
mod keycloak;
mod keycloak_credentials;
mod map;
mod metered;
mod origin;
mod report;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use secrecy::SecretString;
use tokio::sync::mpsc;

use self::map::FieldMap;
use self::origin::{Format, Origin};
use self::report::{Rejects, Report};
use self::rows::{Broken, Read, Rows};
use super::exit::{Exit, Failure};
use super::offline::{Needs, Offline};
use super::output::Output;
use super::progress::Progress;
use super::{configuration, terminal};
use crate::config::database::DatabaseSettings;
use crate::config::{Source, import as settings};
use crate::domain::user_import::Reading;
use crate::flows::import_users::{self, ImportRow, ImportWishes};

/// Names come in no order, so a batch changes pages all over their indexes: with 2 MiB many are read and written twice.
const CACHE_KIB: u32 = 32 * 1_024;
/// A batch's metadata, about: of everything that a row may hold it alone can be long.
const METADATA_BYTES: usize = 4 * 1_024 * 1_024;

const EXAMPLES: &str = "\
Examples:
  keystead import users.jsonl --check           what would happen; nothing is written
  keystead import users.csv --map names.json    with {\"fields\": {\"mail\": \"email\"}} in names.json
  keystead import realm-export.json             a realm of Keycloak
  keystead import instance/app.db --email-verified --create-roles
                                                the SQLite file of a Flask application
  keystead import mysql://reader@db.example/app --password-stdin < reader.password
                                                its database on MySQL or MariaDB";

/// Passwords come as hashes of many systems and are verified as they are; at somebody's next sign-in theirs is hashed anew.
/// Run it again after it was cut off, or after rows were mended: who is there already is left as they are.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// A file, - for standard input, or the URL of a Flask application's database
    source: String,
    /// What the source is, where its name does not tell
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Say what would become of each row, and write nothing
    #[arg(long)]
    check: bool,
    /// A JSON file that says which of their fields and roles are which of ours
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Make roles that do not exist, without permissions
    #[arg(long)]
    create_roles: bool,
    /// Take addresses for verified where the source does not say
    #[arg(long)]
    email_verified: bool,
    /// Bring people whose hash cannot be verified here without a password, to be reset by mail
    #[arg(long)]
    drop_bad_hashes: bool,
    /// Write every rejected row's line, name and reason into a new file, as JSON Lines
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Read the password for the other database from standard input, one line
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    output: Output,
}

pub async fn run(asked: Import) -> Result<(), Failure> {
    let surroundings = configuration::surroundings();
    let config = configuration::for_a_command(&surroundings)?;
    let map = asked.map.as_deref().map(FieldMap::read).transpose()?.unwrap_or_default();
    let origin = Origin::open(&asked.source, asked.format, password(&asked, &surroundings)?)?;
    let map = match &origin {
        Origin::Flask(_) => map.over(&flask::ITS_OWN_NAMES, &[]),
        Origin::Text { format: Format::Keycloak, .. } => map.over(&[], &keycloak::ITS_OWN_ROLES),
        Origin::Text { .. } => map,
    };
    let database = DatabaseSettings { sqlite_cache_kib: CACHE_KIB, ..config.database.clone() };
    let offline = Offline::open_at(&config, &database, Needs::HASHER).await?;
    let report = import(&offline, &asked, origin, map).await;
    offline.close().await;
    let report = report?;
    asked.output.tell(&report, &report)?;
    report.verdict()
}

fn password(asked: &Import, surroundings: &Source) -> Result<Option<SecretString>, Failure> {
    if !asked.password_stdin {
        return Ok(settings::read(surroundings)?);
    }
    if asked.source == "-" {
        let text = "--password-stdin: users come from standard input";
        return Err(Failure::new(Exit::Mistake, text).hint("set IMPORT_PASSWORD_FILE"));
    }
    let line = terminal::line_of_stdin();
    Ok(Some(line.map_err(|cause| Failure::new(Exit::Mistake, format!("--password-stdin: {cause}")))?))
}

async fn import(offline: &Offline, asked: &Import, origin: Origin, map: FieldMap) -> Result<Report, Failure> {
    let (check, create_roles, drop_bad_hashes) = (asked.check, asked.create_roles, asked.drop_bad_hashes);
    let wishes = ImportWishes { check, create_roles, drop_bad_hashes };
    let mut import = import_users::Import::begin(offline.context(), Offline::visit(), wishes).await?;
    let mut report = Report::new(asked.check);
    let mut rejects = Rejects::open(asked.rejects.as_deref())?;
    let what = if asked.check { "checking" } else { "importing" };
    let length = origin.length();
    let progress = length.map_or_else(|| Progress::endless(what), |length| Progress::bytes(what, length));
    let bytes = Arc::<AtomicU64>::default();
    let reading = Reading { now: offline.clock().now(), email_verified: asked.email_verified, drop_bad_hashes };
    let rows = |sender: mpsc::Sender<Read>| Rows::new(map, reading, sender);
    let mut source = origin.begin(rows, Arc::clone(&bytes))?;
    let ended = loop {
        let (batch, ended) = next_batch(&mut source, import.rows_at_once()).await;
        let rows = batch.len() as u64;
        report.add(import.take(batch).await?, &mut rejects)?;
        match length {
            Some(_) => progress.set(bytes.load(Ordering::Relaxed)),
            None => progress.advance(rows),
        }
        if let Some(ended) = ended {
            break ended;
        }
    };
    report.add(import.finish().await?, &mut rejects)?;
    if let Err(broken) = ended {
        let done = format!("{}: {broken}", asked.source);
        return Err(Failure::new(Exit::Failure, done).hint(&report.so_far()));
    }
    report.conclude(&import.schemes, &import.missing_roles);
    rejects.finish()?;
    Ok(report)
}

/// The next rows, about as many as are wanted and fewer where they are long, and how the source ended, once it has.
async fn next_batch(source: &mut mpsc::Receiver<Read>, wanted: usize) -> (Vec<ImportRow>, Option<Result<(), Broken>>) {
    let (mut batch, mut metadata) = (Vec::with_capacity(wanted), 0);
    while batch.len() < wanted && metadata < METADATA_BYTES {
        match source.recv().await {
            Some(Read::Rows(rows)) => {
                metadata += rows.iter().map(ImportRow::metadata_bytes).sum::<usize>();
                batch.extend(rows);
            }
            Some(Read::Ended(ended)) => return (batch, Some(ended)),
            None => return (batch, Some(Err(Broken::ReaderDied))),
        }
    }
    (batch, None)
}
