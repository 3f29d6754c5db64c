//! Copies the log into the database file from a connection of its own, so that no commit waits for the disk twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use tokio::sync::mpsc;

use super::unit::Unit;

/// Waits for nobody: neither for readers nor for the write lock.
pub(super) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";
/// Often enough that a copy stays small: at 10,000 rotations a second some 10 MiB of log.
const PACE: Duration = Duration::from_millis(250);
/// 64 MiB in pages of 4 KiB.
const LONG_LOG_PAGES: i64 = 64 * 1024 * 1024 / 4096;

/// Only a log that is copied to its end begins anew, and under constant load this never quite catches up. So past
/// 64 MiB it asks the writer to copy what is left, between two batches: 1 ms. (TRUNCATE would wait here for the write
/// lock, and starve; on the writer it would wait for the slowest reader.) Ends with the last writer's handle.
pub(super) async fn keep_short(
    mut conn: SqliteConnection,
    log_is_long: Arc<AtomicBool>,
    writer: mpsc::WeakSender<Unit>,
) {
    while writer.strong_count() > 0 {
        tokio::time::sleep(PACE).await;
        let copied: sqlx::Result<(i64, i64, i64)> = sqlx::query_as(CHECKPOINT).fetch_one(&mut conn).await;
        match copied {
            Ok((_busy, log_pages, _copied)) => log_is_long.store(log_pages > LONG_LOG_PAGES, Ordering::Relaxed),
            Err(cause) => tracing::warn!(%cause, "the log could not be copied into the database file"),
        }
    }
}
