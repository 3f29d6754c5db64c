//! Units of work on a database server: MariaDB, MySQL, PostgreSQL.
//!
//! A connection is borrowed for one unit and goes back to its pool only in a known state. One whose unit ran out of
//! time, or that would not roll back, is closed: it may be dead, or inside a transaction.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use sqlx::pool::{Pool, PoolConnection};
use sqlx::{Database, MySql, Postgres};

use super::conn::{Conn, Link};
use super::error::StoreError;
use super::query::{Access, AnyQuery, Outcome};
use super::{ACQUIRE_PATIENCE, STATEMENT_PATIENCE};
use crate::domain::clock::{Deadline, Timestamp};

pub(super) trait Server: Database {
    fn link(conn: &mut Self::Connection) -> Link<'_>;
}

impl Server for MySql {
    fn link(conn: &mut Self::Connection) -> Link<'_> {
        Link::MySql(conn)
    }
}

impl Server for Postgres {
    fn link(conn: &mut Self::Connection) -> Link<'_> {
        Link::Postgres(conn)
    }
}

/// Whether the connection is fit for another unit.
enum Left {
    Clean(Result<Outcome, StoreError>),
    Unfit(StoreError),
}

pub(super) async fn run<S: Server>(
    pool: &Pool<S>,
    query: &dyn AnyQuery,
    now: Timestamp,
    deadline: Deadline,
) -> Result<Outcome, StoreError> {
    let mut conn = acquire(pool, deadline).await?;
    let patience = deadline.at_most(STATEMENT_PATIENCE).instant().into();
    let unit = run_on(Conn::new(S::link(&mut conn), now), query);
    // Unwind safe: what the unit leaves behind is its connection, and that is closed.
    match tokio::time::timeout_at(patience, AssertUnwindSafe(unit).catch_unwind()).await {
        Ok(Ok(Left::Clean(answer))) => {
            give_back(conn);
            answer
        }
        Ok(Ok(Left::Unfit(cause))) => {
            close(conn);
            Err(cause)
        }
        // Unwinding would return the connection to its pool, inside a transaction, for others to read and to commit.
        Ok(Err(_panic)) => {
            close(conn);
            Err(StoreError::Panicked)
        }
        Err(_elapsed) => {
            close(conn);
            Err(StoreError::Late)
        }
    }
}

pub(super) async fn acquire<S: Database>(pool: &Pool<S>, deadline: Deadline) -> Result<PoolConnection<S>, StoreError> {
    let patience = deadline.at_most(ACQUIRE_PATIENCE).instant().into();
    match tokio::time::timeout_at(patience, pool.acquire()).await {
        Ok(acquired) => Ok(acquired?),
        Err(_elapsed) => Err(StoreError::Late),
    }
}

/// sqlx asks a connection for a sign of life before it lends it again, and waits for that without end. One that has
/// gone silent would hold its place in the pool for as long as TCP believes in it, a quarter of an hour; so the wait is
/// bounded, and dropping it closes the connection and frees its place.
fn give_back<S: Database>(mut conn: PoolConnection<S>) {
    tokio::spawn(tokio::time::timeout(ACQUIRE_PATIENCE, conn.return_to_pool()));
}

/// Takes the connection out of its pool first: a dead one must not keep its place while it is being closed.
fn close<S: Database>(conn: PoolConnection<S>) {
    drop(conn.detach());
}

async fn run_on(mut conn: Conn<'_>, query: &dyn AnyQuery) -> Left {
    // One statement is a transaction of its own, and two trips fewer.
    if query.access() == Access::Read || query.is_single() {
        return leave(query.run_any(&mut conn).await);
    }
    if let Err(cause) = conn.command("BEGIN").await {
        return Left::Unfit(cause.into());
    }
    let failure = match query.run_any(&mut conn).await {
        Ok(output) => match conn.command("COMMIT").await {
            Ok(()) => return Left::Clean(Ok(output)),
            Err(cause) => cause,
        },
        Err(cause) => cause,
    };
    match conn.command("ROLLBACK").await {
        Ok(()) => Left::Clean(Err(failure.into())),
        Err(_) => Left::Unfit(failure.into()),
    }
}

fn leave(ran: sqlx::Result<Outcome>) -> Left {
    match ran.map_err(StoreError::from) {
        Ok(output) => Left::Clean(Ok(output)),
        Err(cause @ StoreError::Unreachable(_)) => Left::Unfit(cause),
        Err(cause) => Left::Clean(Err(cause)),
    }
}
