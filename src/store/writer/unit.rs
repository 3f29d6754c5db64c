//! A query in the writer's queue, together with its caller.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::future::FutureExt;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use crate::domain::clock::{Deadline, Timestamp};
use crate::store::conn::{Conn, Link};
use crate::store::error::StoreError;
use crate::store::query::{AnyQuery, Outcome};

pub(super) type Verdict = Result<(), StoreError>;

pub(super) struct Unit {
    query: Arc<dyn AnyQuery>,
    deadline: Deadline,
    outcome: Option<Outcome>,
    caller: oneshot::Sender<Result<Outcome, StoreError>>,
}

impl Unit {
    pub(super) fn new(
        query: Arc<dyn AnyQuery>,
        deadline: Deadline,
        caller: oneshot::Sender<Result<Outcome, StoreError>>,
    ) -> Self {
        Self { query, deadline, outcome: None, caller }
    }

    pub(super) fn is_single(&self) -> bool {
        self.query.is_single()
    }

    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Runs the query, catches its panic, and keeps its outcome until `answer`.
    pub(super) async fn run(&mut self, conn: &mut SqliteConnection, now: Timestamp) -> Verdict {
        let mut conn = Conn::new(Link::Sqlite(conn), now);
        // Unwind safe: whatever the panic left half done in the database is rolled back, and `self` is unchanged.
        let ran = AssertUnwindSafe(self.query.run_any(&mut conn)).catch_unwind().await;
        self.outcome = Some(ran.map_err(|_| StoreError::Panicked)??);
        Ok(())
    }

    pub(super) fn answer(self, verdict: Verdict) {
        let Self { outcome, caller, .. } = self;
        // A caller that went away changes nothing: its unit ran all the same.
        let _gone = caller.send(verdict.and_then(|()| outcome.ok_or(StoreError::Closed)));
    }
}
