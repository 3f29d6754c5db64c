//! From what a source holds to rows in batches: fields and roles renamed as `--map` says, and parsed.

use std::io;

use serde_json::{Map, Value};
use tokio::sync::mpsc::Sender;

use super::map::FieldMap;
use crate::domain::user_import::{ImportedUser, Reading, RowRefusal};
use crate::flows::import_users::ImportRow;

/// Rows that are handed on together: few enough to lie in a row of their own, so many that handing costs nothing.
const ROWS: usize = 512;
/// Bytes of one row. The longest metadata is 16 KiB, and six times that where each of its characters is escaped.
pub const ROW_BYTES_MAX: usize = 256 * 1_024;

/// A row's fields, or why there are none.
pub type Fields = Result<Map<String, Value>, RowRefusal>;

/// Why a source cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Form(String),
    /// Whoever took the rows wants no more.
    #[error("nobody takes what is read")]
    Unwanted,
    #[error("its reader died")]
    ReaderDied,
}

/// What comes from whoever reads. The end is told, so that a reader that died is no end of the source.
pub enum Read {
    Rows(Vec<ImportRow>),
    Ended(Result<(), Broken>),
}

/// Parses rows and hands them on, [`ROWS`] at a time. Nobody is further ahead than the channel has places.
pub struct Rows {
    pub map: FieldMap,
    reading: Reading,
    batch: Vec<ImportRow>,
    sender: Sender<Read>,
}

impl Rows {
    pub fn new(map: FieldMap, reading: Reading, sender: Sender<Read>) -> Self {
        Self { map, reading, batch: Vec::with_capacity(ROWS), sender }
    }

    /// On a thread that may wait.
    pub fn take(&mut self, line: u64, fields: Fields) -> Result<(), Broken> {
        match self.add(line, fields) {
            Some(batch) => self.sender.blocking_send(Read::Rows(batch)).map_err(|_| Broken::Unwanted),
            None => Ok(()),
        }
    }

    /// In a task.
    pub async fn take_in_turn(&mut self, line: u64, fields: Fields) -> Result<(), Broken> {
        match self.add(line, fields) {
            Some(batch) => self.sender.send(Read::Rows(batch)).await.map_err(|_| Broken::Unwanted),
            None => Ok(()),
        }
    }

    /// What is left to be sent: the last rows, and how it ended.
    pub fn end(self, ended: Result<(), Broken>) -> (Sender<Read>, [Read; 2]) {
        (self.sender, [Read::Rows(self.batch), Read::Ended(ended)])
    }

    /// The batch, once it is whole.
    fn add(&mut self, line: u64, fields: Fields) -> Option<Vec<ImportRow>> {
        let user = fields.and_then(|fields| ImportedUser::parse(self.map.applied(fields), self.reading));
        self.batch.push(ImportRow { line, user });
        let is_whole = self.batch.len() == ROWS;
        is_whole.then(|| std::mem::replace(&mut self.batch, Vec::with_capacity(ROWS)))
    }
}
