//! A reader that counts: all that is read, for who looks, and what is read for one row, so that memory has a bound.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::rows::ROW_BYTES_MAX;

/// What is read ahead for the rows behind this one.
pub const READ_AHEAD: usize = 64 * 1_024;

pub struct Metered<R> {
    inner: R,
    all: Arc<AtomicU64>,
    row: Row,
}

/// How much has been read since the row began. `None`: outside of rows anything may be as long as it likes.
#[derive(Clone, Default)]
pub struct Row(Rc<Cell<Option<usize>>>);

impl Row {
    pub fn begins(&self) {
        self.0.set(Some(0));
    }

    pub fn outside(&self) {
        self.0.set(None);
    }
}

impl<R> Metered<R> {
    pub fn new(inner: R, all: Arc<AtomicU64>) -> (Self, Row) {
        let row = Row::default();
        (Self { inner, all, row: row.clone() }, row)
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.all.fetch_add(read as u64, Ordering::Relaxed);
        if let Some(before) = self.row.0.get() {
            if before > ROW_BYTES_MAX + READ_AHEAD {
                let why = format!("a row is longer than {} KiB (is a quote not closed?)", ROW_BYTES_MAX / 1_024);
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            self.row.0.set(Some(before + read));
        }
        Ok(read)
    }
}
