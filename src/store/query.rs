//! A query is a struct, the struct is the message, its file is the repository.

use std::any::Any;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::conn::Conn;
use super::error::StoreError;

/// Whether a unit of work changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Runs on a connection of its own with no transaction around it.
    Read,
    /// Runs in a transaction: all of it happens, or nothing.
    Write,
}

/// A unit of work.
///
/// `run` borrows the query, because a unit may run more than once: when its transaction is lost together with its batch
/// (SQLite), when two of them contend (the servers), and when nobody knows whether a COMMIT was heard. So `run` has no
/// effect but its SQL, awaits nothing but its connection, and gives the same verdict when it finds its own work done.
pub trait Query: Send + Sync + 'static {
    const ACCESS: Access = Access::Write;
    /// Promises that `run` executes exactly one statement and answers `Ok` whenever that statement succeeds. Such a unit
    /// needs no savepoint on SQLite and no BEGIN and COMMIT on a server.
    const SINGLE: bool = false;
    type Output: Send + 'static;

    /// What an earlier run has written can be told from what others wrote by an id: one that the query brings, or the
    /// unit's own, [`Conn::unit`].
    fn run(&self, conn: &mut Conn<'_>) -> impl Future<Output = sqlx::Result<Self::Output>> + Send;
}

/// A query with an id that stays the same when it runs again.
struct Named<Q> {
    id: Uuid,
    query: Q,
}

impl<Q: Query> Query for Named<Q> {
    const ACCESS: Access = Q::ACCESS;
    const SINGLE: bool = Q::SINGLE;
    type Output = Q::Output;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Q::Output> {
        conn.set_unit(self.id);
        self.query.run(conn).await
    }
}

/// What a query of any type gave.
pub type Outcome = Box<dyn Any + Send>;

/// A query of any type. Whatever carries queries around (the door, the repetitions, the pools, SQLite's writer) knows them
/// as this and is compiled once; compiled for each of two hundred queries, it was a third of the program.
pub trait AnyQuery: Send + Sync + 'static {
    fn access(&self) -> Access;
    fn is_single(&self) -> bool;
    /// Panics, where the query does, no sooner than its future is polled.
    fn run_any<'r>(&'r self, conn: &'r mut Conn<'_>) -> BoxFuture<'r, sqlx::Result<Outcome>>;
}

impl<Q: Query> AnyQuery for Q {
    fn access(&self) -> Access {
        Q::ACCESS
    }

    fn is_single(&self) -> bool {
        Q::SINGLE
    }

    fn run_any<'r>(&'r self, conn: &'r mut Conn<'_>) -> BoxFuture<'r, sqlx::Result<Outcome>> {
        Box::pin(async move { Ok(Box::new(self.run(conn).await?) as Outcome) })
    }
}

/// `query` as a unit of work, under one name in all its runs.
pub fn unit_of(query: impl Query) -> Arc<dyn AnyQuery> {
    Arc::new(Named { id: Uuid::now_v7(), query })
}

/// An outcome, as the type that its query promised.
///
/// # Errors
/// [`StoreError::Refused`], a defect, when it is another query's.
pub fn read_outcome<Q: Query>(outcome: Outcome) -> Result<Q::Output, StoreError> {
    let of_another = |_| StoreError::from(sqlx::Error::Decode("the outcome of another query".into()));
    outcome.downcast().map(|output| *output).map_err(of_another)
}
