//! A query is a struct, the struct is the message, its file is the repository.

use uuid::Uuid;

use super::conn::Conn;

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
pub(super) struct Named<Q> {
    pub(super) id: Uuid,
    pub(super) query: Q,
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
