//! The only file that knows there are three databases: it opens them, and runs a unit of work on the one at hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::mysql::{MySqlPool, MySqlPoolOptions};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Database};

use super::conn::{Conn, Link};
use super::dial;
use super::error::StoreError;
use super::load::{StoreLoad, WriterLoad};
use super::query::{Access, AnyQuery, Outcome};
use super::server;
use super::writer::Writer;
use crate::config::database::{DatabaseSettings, Target};
use crate::domain::clock::{Clock, Deadline};

/// Connections that read SQLite: 43,000 point reads a second with eight, 34,000 with four (performance.md).
const SQLITE_READERS: u32 = 8;
/// How long SQLite itself waits for another process's write lock: well inside the door's two seconds.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(1);
/// A connection that was idle this long is asked whether it still lives before it is lent.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How long it may take to answer that. A connection that died silently costs its borrower this much, and so leaves
/// time to open another within the patience for acquiring one.
const SIGN_OF_LIFE: Duration = Duration::from_millis(250);
/// Connections beyond the kept ones go after this long without work.
const OVERFLOW_IDLE: Duration = Duration::from_mins(1);

/// A pool waits for those of its own tasks that open connections, which takes minutes while the server is away. Units are
/// not among what is cut off: the database's door was drained before.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(super) enum Db {
    Sqlite { readers: SqlitePool, writer: Writer },
    MySql(MySqlPool),
    Postgres(PgPool),
}

impl Db {
    /// Opens what `settings` name. Servers are not spoken to yet; an SQLite file is opened, and made where it is missing.
    pub(super) async fn open(settings: &DatabaseSettings, clock: &Clock) -> Result<Self, StoreError> {
        Ok(match &settings.target {
            Target::Sqlite { path } => {
                let file = sqlite_file(path);
                let writer = Writer::open(keeping(settings.sqlite_cache_kib, file.clone()), clock.clone()).await?;
                let readers = SqlitePoolOptions::new()
                    .max_connections(SQLITE_READERS)
                    .test_before_acquire(false)
                    .connect_with(file.pragma("query_only", "ON"))
                    .await?;
                Self::Sqlite { readers, writer }
            }
            Target::MySql(address) => {
                let options = pooled(MySqlPoolOptions::new(), settings);
                Self::MySql(
                    options
                        .after_connect(|conn, _| Box::pin(dial::prepare_mysql(conn)))
                        .connect_lazy_with(dial::mysql(address)),
                )
            }
            Target::Postgres(address) => {
                Self::Postgres(pooled(PgPoolOptions::new(), settings).connect_lazy_with(dial::postgres(address)))
            }
        })
    }

    /// Runs a unit of work once.
    pub(super) async fn run(
        &self,
        unit: &Arc<dyn AnyQuery>,
        clock: &Clock,
        deadline: Deadline,
    ) -> Result<Outcome, StoreError> {
        match self {
            Self::Sqlite { readers, .. } if unit.access() == Access::Read => {
                let mut conn = server::acquire(readers, deadline).await?;
                Ok(unit.run_any(&mut Conn::new(Link::Sqlite(&mut conn), clock.now())).await?)
            }
            Self::Sqlite { writer, .. } => writer.write_unit(Arc::clone(unit), deadline).await,
            Self::MySql(pool) => server::run(pool, unit.as_ref(), clock.now(), deadline).await,
            Self::Postgres(pool) => server::run(pool, unit.as_ref(), clock.now(), deadline).await,
        }
    }

    pub(super) fn load(&self) -> StoreLoad {
        match self {
            Self::Sqlite { readers, writer } => {
                StoreLoad { writer: Some(WriterLoad::of(writer)), ..StoreLoad::of(readers) }
            }
            Self::MySql(pool) => StoreLoad::of(pool),
            Self::Postgres(pool) => StoreLoad::of(pool),
        }
    }

    pub(super) async fn close(&self) {
        let closed = async {
            match self {
                // The writer ends when its last handle is dropped; what it has answered is on the disk already.
                Self::Sqlite { readers, .. } => readers.close().await,
                Self::MySql(pool) => pool.close().await,
                Self::Postgres(pool) => pool.close().await,
            }
        };
        if tokio::time::timeout(CLOSE_PATIENCE, closed).await.is_err() {
            tracing::warn!("the database did not take leave of its connections in time");
        }
    }
}

/// A negative number means KiB to SQLite, a positive one pages. Memory is taken as pages are read.
fn keeping(cache_kib: u32, file: SqliteConnectOptions) -> SqliteConnectOptions {
    file.pragma("cache_size", format!("-{cache_kib}"))
}

/// WAL with FULL: an acknowledged write survives a power cut. Foreign keys are off in SQLite unless asked for.
pub fn sqlite_file(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
}

fn pooled<D: Database>(options: PoolOptions<D>, settings: &DatabaseSettings) -> PoolOptions<D> {
    options
        .max_connections(settings.pool_max)
        .min_connections(settings.pool_kept)
        .max_lifetime(settings.recycle)
        .idle_timeout(OVERFLOW_IDLE)
        .acquire_timeout(super::ACQUIRE_PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|conn, met| {
            Box::pin(async move {
                if met.idle_for > TRUSTED_IDLE {
                    let answer = tokio::time::timeout(SIGN_OF_LIFE, conn.ping()).await;
                    answer.map_err(|_elapsed| sqlx::Error::PoolTimedOut)??;
                }
                Ok(true)
            })
        })
}
