//! One connection for the schema's sake: a database is made, migrated, or asked what it has.
//!
//! Such a connection has no statement timeout, since building an index takes its time, and it is not the pool's. What
//! can be wrong with a database that nobody has spoken to before is told apart here, for the person who set it up.

use std::path::Path;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection, raw_sql};

use super::migrations::{self, Step};
use super::{db, dial, files, sql};
use crate::config::database::{DatabaseSettings, ServerAddress, Target};
use crate::domain::clock::Clock;

pub use super::schema_error::SchemaError;

/// To reach a server, log in, and be let into a database. A server that is there needs some milliseconds; three seconds
/// are more than one lost packet, and a person still waits for them.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// Databases that every server has and every user may enter.
const MYSQL_LOBBY: &str = "information_schema";
const POSTGRES_LOBBY: &str = "postgres";

/// Does something on a connection to the database that `$settings` name.
macro_rules! on_one_connection {
    ($settings:expr, |$conn:ident| $work:expr) => {
        match &$settings.target {
            Target::Sqlite { path } => {
                let mut $conn = open_file(path).await?;
                let done = $work.await;
                let _closed = $conn.close().await;
                Ok(done?)
            }
            Target::MySql(address) => {
                let mut $conn = open_mysql(address).await?;
                let done = $work.await;
                let _closed = $conn.close().await;
                Ok(done?)
            }
            Target::Postgres(address) => {
                let mut $conn = open_postgres(address).await?;
                let done = $work.await;
                let _closed = $conn.close().await;
                Ok(done?)
            }
        }
    };
}

/// What the database has of what there is; see [`migrations::status`].
///
/// # Errors
/// [`SchemaError`].
pub async fn status(settings: &DatabaseSettings) -> Result<Vec<Step>, SchemaError> {
    on_one_connection!(settings, |conn| migrations::status(&mut conn))
}

/// Brings the database up to migration `to`, or to the newest; see [`migrations::upgrade`].
///
/// # Errors
/// [`SchemaError`].
pub async fn upgrade(settings: &DatabaseSettings, to: Option<i64>, clock: &Clock) -> Result<Vec<Step>, SchemaError> {
    on_one_connection!(settings, |conn| migrations::upgrade(&mut conn, to, clock))
}

/// Settles a migration that was begun and not finished; see [`migrations::resume`].
///
/// # Errors
/// [`SchemaError`].
pub async fn resume(settings: &DatabaseSettings, clock: &Clock) -> Result<Option<Step>, SchemaError> {
    on_one_connection!(settings, |conn| migrations::resume(&mut conn, clock))
}

/// Takes the database back down to migration `to`; see [`migrations::downgrade`].
///
/// # Errors
/// [`SchemaError`].
pub async fn downgrade(
    settings: &DatabaseSettings,
    to: i64,
    allow_data_loss: bool,
    clock: &Clock,
) -> Result<Vec<Step>, SchemaError> {
    on_one_connection!(settings, |conn| migrations::downgrade(&mut conn, to, allow_data_loss, clock))
}

/// Makes the SQLite file and its folder, or the database on its server, where there is none; whether that was so.
///
/// # Errors
/// [`SchemaError`]; `MayNotCreate` has the statement for somebody who may.
pub async fn create_database(settings: &DatabaseSettings) -> Result<bool, SchemaError> {
    let (address, opened) = match &settings.target {
        Target::Sqlite { path } => {
            return files::make_database(path).map_err(|cause| SchemaError::File { path: path.clone(), cause });
        }
        Target::MySql(address) => (address, open_mysql(address).await.map(drop)),
        Target::Postgres(address) => (address, open_postgres(address).await.map(drop)),
    };
    match opened {
        Ok(()) => Ok(false),
        Err(SchemaError::NoDatabase { .. }) => create_on_server(&settings.target, address).await,
        Err(other) => Err(other),
    }
}

async fn create_on_server(target: &Target, address: &ServerAddress) -> Result<bool, SchemaError> {
    let quote = if matches!(target, Target::MySql(_)) { '`' } else { '"' };
    let statement = sql::create_database(&address.database, quote)
        .ok_or_else(|| SchemaError::NotAName(address.database.clone()))?;
    let done = if matches!(target, Target::MySql(_)) {
        let mut conn = open_mysql(&ServerAddress { database: MYSQL_LOBBY.to_owned(), ..address.clone() }).await?;
        raw_sql(statement).execute(&mut conn).await.map(drop)
    } else {
        let mut conn = open_postgres(&ServerAddress { database: POSTGRES_LOBBY.to_owned(), ..address.clone() }).await?;
        raw_sql(statement).execute(&mut conn).await.map(drop)
    };
    match done {
        Ok(()) => Ok(true),
        Err(cause) => SchemaError::of_creating(&address.database, cause).map_or(Ok(false), Err),
    }
}

pub(super) async fn open_file(path: &Path) -> Result<SqliteConnection, SchemaError> {
    if !path.try_exists().map_err(|cause| SchemaError::File { path: path.to_owned(), cause })? {
        return Err(SchemaError::NoFile(path.to_owned()));
    }
    Ok(db::sqlite_file(path).create_if_missing(false).connect().await.map_err(migrations::MigrationError::from)?)
}

pub(super) async fn open_mysql(address: &ServerAddress) -> Result<MySqlConnection, SchemaError> {
    let options: MySqlConnectOptions = dial::mysql(address);
    let mut conn = in_time("MySQL or MariaDB", address, options.connect()).await?;
    // A change that waits for a table holds up everybody who comes after it, so it does not wait for long.
    let limit = raw_sql("SET SESSION lock_wait_timeout = 10").execute(&mut conn).await;
    limit.map_err(migrations::MigrationError::from)?;
    Ok(conn)
}

pub(super) async fn open_postgres(address: &ServerAddress) -> Result<PgConnection, SchemaError> {
    // The last word on a setting holds. For the lock see `open_mysql`.
    let limits = [("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0"), ("lock_timeout", "10s")];
    let options: PgConnectOptions = dial::postgres(address).options(limits);
    in_time("PostgreSQL", address, options.connect()).await
}

async fn in_time<C>(
    kind: &'static str,
    address: &ServerAddress,
    connecting: impl Future<Output = sqlx::Result<C>>,
) -> Result<C, SchemaError> {
    match tokio::time::timeout(CONNECT_PATIENCE, connecting).await {
        Ok(connected) => connected.map_err(|cause| SchemaError::of_connecting(kind, address, cause)),
        Err(_elapsed) => {
            let why = format!("no answer within {} s", CONNECT_PATIENCE.as_secs());
            Err(SchemaError::Away { kind, place: super::schema_error::place(address), why })
        }
    }
}
