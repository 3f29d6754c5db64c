//! What became of the open transaction. SQLite tells through two hooks, which run within the statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::SqliteConnection;

/// Never inferred from an error code: `SQLITE_FULL`, `SQLITE_IOERR` and an interrupt *can* roll back the whole transaction,
/// savepoints included, and do not always.
#[derive(Default)]
pub(super) struct Fate {
    /// Raised by `ROLLBACK` and by the errors that end a transaction, not by `ROLLBACK TO`.
    lost: AtomicBool,
    /// Lowered, it turns every commit into a rollback: that of a unit which swallows a fatal error and goes on in
    /// autocommit mode, above all.
    committing: AtomicBool,
}

impl Fate {
    pub(super) async fn watch(self: &Arc<Self>, conn: &mut SqliteConnection) -> sqlx::Result<()> {
        let (on_rollback, on_commit) = (Arc::clone(self), Arc::clone(self));
        let mut handle = conn.lock_handle().await?;
        handle.set_rollback_hook(move || on_rollback.lost.store(true, Ordering::Release));
        handle.set_commit_hook(move || on_commit.committing.load(Ordering::Acquire));
        Ok(())
    }

    pub(super) fn begins(&self) {
        self.committing.store(false, Ordering::Release);
        self.lost.store(false, Ordering::Release);
    }

    pub(super) fn may_commit(&self) {
        self.committing.store(true, Ordering::Release);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
}
