//! Where rows come from, and who reads them: a thread for what is text, a task for another database.

use std::fs::File;
use std::io::{self, BufReader, Read as Input};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use clap::ValueEnum;
use secrecy::SecretString;
use tokio::sync::mpsc;

use super::metered::{Metered, READ_AHEAD};
use super::rows::{Read, Rows};
use super::{flask, jsonl, keycloak, table};
use crate::cli::exit::{Exit, Failure};
use crate::config::database::Target;
use crate::config::import::foreign_target;

/// Batches that wait for the database: one is read while another is written.
pub const AHEAD: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values, with the names of the columns in the first line
    Csv,
    /// A realm that Keycloak has exported, with its users
    Keycloak,
    /// The database of a Flask application: the path of an SQLite file, or `mysql://USER@HOST/DATABASE`
    Flask,
}

impl Format {
    /// By what the source is called.
    fn of(source: &str) -> Option<Self> {
        if source.contains("://") {
            return Some(Self::Flask);
        }
        match Path::new(source).extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Keycloak),
            "db" | "sqlite" | "sqlite3" => Some(Self::Flask),
            _ => None,
        }
    }
}

/// A source that is there and can be read.
pub enum Origin {
    Text { format: Format, input: Box<dyn Input + Send>, length: Option<u64> },
    Flask(Target),
}

impl Origin {
    /// `password`: of the user who reads the other database.
    pub fn open(source: &str, format: Option<Format>, password: Option<SecretString>) -> Result<Self, Failure> {
        let format = format.or_else(|| Format::of(source)).ok_or_else(|| {
            let hint = "say --format jsonl, csv, keycloak or flask";
            Failure::new(Exit::Mistake, format!("{source}: its name does not tell what it is")).hint(hint)
        })?;
        if format == Format::Flask {
            let mistake = |why| Failure::new(Exit::Mistake, format!("the Flask database: {why}"));
            let target = foreign_target(source, password).map_err(mistake)?;
            if let Target::Sqlite { path } = &target {
                File::open(path).map_err(|cause| unread(source, &cause))?;
            }
            return Ok(Self::Flask(target));
        }
        if source == "-" {
            return Ok(Self::Text { format, input: Box::new(io::stdin()), length: None });
        }
        let file = File::open(source).map_err(|cause| unread(source, &cause))?;
        let about = file.metadata().map_err(|cause| unread(source, &cause))?;
        if about.is_dir() {
            return Err(Failure::new(Exit::Mistake, format!("{source}: it is a folder")));
        }
        // A pipe has no length.
        let length = about.is_file().then_some(about.len());
        Ok(Self::Text { format, input: Box::new(file), length })
    }

    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Text { length, .. } => *length,
            Self::Flask(_) => None,
        }
    }

    /// Starts to read; `read` counts the bytes of a text.
    pub fn begin(
        self,
        rows: impl FnOnce(mpsc::Sender<Read>) -> Rows,
        read: Arc<AtomicU64>,
    ) -> io::Result<mpsc::Receiver<Read>> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let rows = rows(sender);
        match self {
            Self::Flask(target) => {
                tokio::spawn(flask::read(target, rows));
            }
            Self::Text { format, input, .. } => {
                let reader = std::thread::Builder::new().name("import".to_owned());
                reader.spawn(move || read_text(format, input, rows, read))?;
            }
        }
        Ok(receiver)
    }
}

fn read_text(format: Format, input: Box<dyn Input + Send>, mut rows: Rows, read: Arc<AtomicU64>) {
    let (input, row) = Metered::new(input, read);
    let ended = match format {
        Format::Csv => table::read(input, &row, &mut rows),
        Format::Keycloak => keycloak::read(input, &row, &mut rows),
        Format::Jsonl | Format::Flask => jsonl::read(BufReader::with_capacity(READ_AHEAD, input), &mut rows),
    };
    let (sender, last) = rows.end(ended);
    for message in last {
        // Whoever took the rows has gone, and says why by itself.
        let _unwanted = sender.blocking_send(message);
    }
}

fn unread(source: &str, cause: &io::Error) -> Failure {
    let exit = if cause.kind() == io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Failure };
    Failure::new(exit, format!("{source}: {cause}"))
}
