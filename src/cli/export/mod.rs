//! `keystead export`: everybody, in the form that `keystead import` reads.
//!
//! Users come a page at a time, so memory does not grow with them. What signs people in is written only where that was
//! asked for, and then into a file that is its owner's alone. Sessions, tokens, identities and the trail do not come with it.

mod row;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use self::row::{COLUMNS, SECRET_COLUMNS};
use super::configuration;
use super::exit::{Exit, Failure};
use super::offline::{Needs, Offline};
use super::progress::Progress;
use super::terminal::say;
use crate::flows::export_users;
use crate::private_files;

const EXAMPLES: &str = "\
Examples:
  keystead export --format csv -o users.csv           who there is, without anything that signs them in
  keystead export --with-hashes -o users.jsonl        to be imported elsewhere: a new file of mode 0600
  keystead export --with-hashes --secrets-to-stdout | age -r RECIPIENT > users.age
                                                      sealed on the way, for a file that travels";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values, with the names of the columns in the first line
    Csv,
}

/// One user a line, in the order of their ids. `db copy` moves everything else too.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Export {
    /// How users are written
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
    /// Write password hashes, and the secrets of authenticator apps in the clear
    #[arg(long)]
    with_hashes: bool,
    /// Write into this new file, which nobody else may read
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Let standard output have what signs people in
    #[arg(long, requires = "with_hashes", conflicts_with = "file")]
    secrets_to_stdout: bool,
}

pub async fn run(asked: Export) -> Result<(), Failure> {
    if asked.with_hashes && asked.file.is_none() && !asked.secrets_to_stdout {
        let text = "--with-hashes: what signs people in goes into a file of its own";
        return Err(Failure::new(Exit::Mistake, text).hint("say -o FILE, or --secrets-to-stdout"));
    }
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let offline = Offline::open(&config, Needs::NOTHING).await?;
    let written = match &asked.file {
        Some(path) => into_file(&offline, &asked, path).await,
        None => write(&offline, &asked, io::stdout().lock()).await.map(drop),
    };
    offline.close().await;
    written
}

/// What could not be written whole does not stay.
async fn into_file(offline: &Offline, asked: &Export, path: &Path) -> Result<(), Failure> {
    let file = private_files::create(path).map_err(|cause| {
        let taken = cause.kind() == io::ErrorKind::AlreadyExists;
        Failure::new(if taken { Exit::Conflict } else { Exit::Failure }, format!("{}: {cause}", path.display()))
    })?;
    match write(offline, asked, &file).await {
        Ok(users) => {
            file.sync_all()?;
            Ok(say(format_args!("exported: {users}"))?)
        }
        Err(failure) => {
            let _stays = fs::remove_file(path);
            Err(failure)
        }
    }
}

async fn write(offline: &Offline, asked: &Export, out: impl Write) -> Result<u64, Failure> {
    let mut export = export_users::Export::begin(offline.context(), &Offline::visit(), asked.with_hashes).await?;
    let progress = Progress::counted("exporting", export.users);
    let mut out = Written::begin(asked, BufWriter::new(out))?;
    loop {
        let users = export.next().await?;
        if users.is_empty() {
            out.end()?;
            return Ok(progress.done());
        }
        for user in users {
            out.row(&row::of(user))?;
            progress.advance(1);
        }
    }
}

/// Rows on their way out.
enum Written<W: Write> {
    Lines(W),
    Table(Box<csv::Writer<W>>, Vec<&'static str>),
}

impl<W: Write> Written<W> {
    fn begin(asked: &Export, out: W) -> io::Result<Self> {
        if asked.format == Format::Jsonl {
            return Ok(Self::Lines(out));
        }
        let secrets = SECRET_COLUMNS.into_iter().filter(|_| asked.with_hashes);
        let columns: Vec<_> = COLUMNS.into_iter().chain(secrets).collect();
        let mut table = csv::Writer::from_writer(out);
        table.write_record(&columns)?;
        Ok(Self::Table(Box::new(table), columns))
    }

    fn row(&mut self, row: &Map<String, Value>) -> io::Result<()> {
        match self {
            Self::Lines(out) => {
                serde_json::to_writer(&mut *out, row)?;
                out.write_all(b"\n")
            }
            Self::Table(table, columns) => {
                Ok(table.write_record(columns.iter().map(|name| row::cell(row.get(*name))))?)
            }
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Lines(mut out) => out.flush(),
            Self::Table(mut table, _) => table.flush(),
        }
    }
}
