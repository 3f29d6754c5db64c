//! A query of any type in the writer's queue, together with its caller.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use sqlx::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use crate::domain::clock::{Deadline, Timestamp};
use crate::store::conn::{Conn, Link};
use crate::store::error::StoreError;
use crate::store::query::Query;

pub(super) type Verdict = Result<(), StoreError>;

pub(super) trait Unit: Send {
    fn is_single(&self) -> bool;
    fn deadline(&self) -> Deadline;
    /// Runs the query, catches its panic, and keeps its output until `answer`.
    fn run<'u>(&'u mut self, conn: &'u mut SqliteConnection, now: Timestamp) -> BoxFuture<'u, Verdict>;
    fn answer(self: Box<Self>, verdict: Verdict);
}

pub(super) struct Asked<Q: Query> {
    query: Arc<Q>,
    deadline: Deadline,
    output: Option<Q::Output>,
    caller: oneshot::Sender<Result<Q::Output, StoreError>>,
}

impl<Q: Query> Asked<Q> {
    pub(super) fn new(
        query: Arc<Q>,
        deadline: Deadline,
        caller: oneshot::Sender<Result<Q::Output, StoreError>>,
    ) -> Self {
        Self { query, deadline, output: None, caller }
    }
}

impl<Q: Query> Unit for Asked<Q> {
    fn is_single(&self) -> bool {
        Q::SINGLE
    }

    fn deadline(&self) -> Deadline {
        self.deadline
    }

    fn run<'u>(&'u mut self, conn: &'u mut SqliteConnection, now: Timestamp) -> BoxFuture<'u, Verdict> {
        Box::pin(async move {
            let mut conn = Conn::new(Link::Sqlite(conn), now);
            // Unwind safe: whatever the panic left half done in the database is rolled back, and `self` is unchanged.
            // The inner block also catches a `run` that panics before it returns its future.
            let ran = AssertUnwindSafe(async { self.query.run(&mut conn).await }).catch_unwind().await;
            self.output = Some(ran.map_err(|_| StoreError::Panicked)??);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, verdict: Verdict) {
        let Self { output, caller, .. } = *self;
        // A caller that went away changes nothing: its unit ran all the same.
        let _gone = caller.send(verdict.and_then(|()| output.ok_or(StoreError::Closed)));
    }
}
