//! How the connections to the database are used.

use std::sync::atomic::Ordering;

use sqlx::{Database, Pool};

use super::writer::Writer;

/// Of an SQLite file, the connections that read.
#[derive(Clone, Copy, Debug)]
pub struct StoreLoad {
    pub open: u32,
    pub idle: usize,
    pub most: u32,
    /// Only SQLite has one.
    pub writer: Option<WriterLoad>,
}

/// Since the start, but for what waits now.
#[derive(Clone, Copy, Debug)]
pub struct WriterLoad {
    pub waiting: usize,
    pub units: u64,
    /// `units` ÷ `transactions` is the size of a batch.
    pub transactions: u64,
    pub batches_rerun: u64,
}

impl StoreLoad {
    pub(super) fn of<D: Database>(pool: &Pool<D>) -> Self {
        let most = pool.options().get_max_connections();
        Self { open: pool.size(), idle: pool.num_idle(), most, writer: None }
    }
}

impl WriterLoad {
    pub(super) fn of(writer: &Writer) -> Self {
        let stats = writer.stats();
        Self {
            waiting: writer.waiting(),
            units: stats.units.load(Ordering::Relaxed),
            transactions: stats.transactions.load(Ordering::Relaxed),
            batches_rerun: stats.batches_rerun.load(Ordering::Relaxed),
        }
    }
}
