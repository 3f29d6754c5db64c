//! One connection to any of the three, outside of every pool and without a time limit: for what goes over whole tables.

use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row as _};

use super::conn::Link;
use super::migrations::{self, MigrationError, Step};
use super::schema::{self, SchemaError};
use super::sql;
use super::tables::{TABLES, Table};
use crate::config::database::{DatabaseSettings, Target};

pub(super) enum OneConnection {
    Sqlite(SqliteConnection),
    MySql(MySqlConnection),
    Postgres(PgConnection),
}

/// Runs `$body` with whichever connection there is.
macro_rules! on_any {
    ($one:expr, |$conn:ident| $body:expr) => {
        match $one {
            OneConnection::Sqlite($conn) => $body,
            OneConnection::MySql($conn) => $body,
            OneConnection::Postgres($conn) => $body,
        }
    };
}

impl OneConnection {
    /// # Errors
    /// [`SchemaError`].
    pub(super) async fn open(settings: &DatabaseSettings) -> Result<Self, SchemaError> {
        Ok(match &settings.target {
            Target::Sqlite { path } => Self::Sqlite(schema::open_file(path).await?),
            Target::MySql(address) => Self::MySql(schema::open_mysql(address).await?),
            Target::Postgres(address) => Self::Postgres(schema::open_postgres(address).await?),
        })
    }

    pub(super) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(conn) => Link::Sqlite(conn),
            Self::MySql(conn) => Link::MySql(conn),
            Self::Postgres(conn) => Link::Postgres(conn),
        }
    }

    /// Sends what has no parameters and no result.
    pub(super) async fn command(&mut self, text: &'static str) -> sqlx::Result<()> {
        on_any!(self, |conn| sqlx::raw_sql(text).execute(&mut *conn).await.map(drop))
    }

    /// From here on every read sees one moment, whatever others write. Ends with COMMIT.
    pub(super) async fn begin_reading(&mut self) -> sqlx::Result<()> {
        let text = match self {
            Self::Sqlite(_) => "BEGIN",
            Self::MySql(_) => {
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT"
            }
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.command(text).await
    }

    /// A name by which PostgreSQL's own programs see what this connection sees, once it has begun to read.
    pub(super) async fn snapshot(&mut self) -> sqlx::Result<Option<String>> {
        let Self::Postgres(conn) = self else { return Ok(None) };
        sqlx::query_scalar("SELECT pg_export_snapshot()").fetch_one(conn).await.map(Some)
    }

    /// How many others are connected to this database, as far as this user may know. SQLite cannot tell.
    pub(super) async fn others(&mut self) -> sqlx::Result<i64> {
        match self {
            Self::Sqlite(_) => Ok(0),
            Self::MySql(conn) => {
                let text = "SELECT COUNT(*) FROM information_schema.processlist \
                            WHERE db = DATABASE() AND id <> CONNECTION_ID()";
                sqlx::query_scalar(text).fetch_one(conn).await
            }
            Self::Postgres(conn) => {
                let text = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                            AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
                sqlx::query_scalar(text).fetch_one(conn).await
            }
        }
    }

    pub(super) async fn status(&mut self) -> Result<Vec<Step>, MigrationError> {
        on_any!(self, |conn| migrations::status(conn).await)
    }

    /// The tables that a migration makes, and those that it changes.
    pub(super) fn touched(&self, version: i64) -> (Vec<&'static str>, Vec<&'static str>) {
        on_any!(self, |conn| migrations::touched(conn, version))
    }

    /// The tables whose rows its down drops.
    pub(super) fn losses(&self, version: i64) -> Vec<&'static str> {
        on_any!(self, |conn| migrations::losses(conn, version))
    }

    pub(super) async fn has(&mut self, table: &'static str) -> sqlx::Result<bool> {
        on_any!(self, |conn| migrations::has_table(conn, table).await)
    }

    /// Those of the list that are there: an older schema has not all of them.
    pub(super) async fn tables(&mut self) -> sqlx::Result<Vec<&'static Table>> {
        let mut there = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            if self.has(table.name).await? {
                there.push(table);
            }
        }
        Ok(there)
    }

    pub(super) async fn count(&mut self, table: &'static str) -> sqlx::Result<u64> {
        let text = sql::count_all(table);
        let count: i64 = on_any!(self, |conn| sqlx::query(text).fetch_one(&mut *conn).await?.try_get(0)?);
        Ok(count.unsigned_abs())
    }

    /// Drops every table there is of ours, the record of migrations too.
    pub(super) async fn drop_tables(&mut self) -> sqlx::Result<()> {
        for table in migrations::BOOKKEEPING.into_iter().chain(TABLES.iter().rev().map(|table| table.name)) {
            let text = sql::drop_table(table);
            on_any!(&mut *self, |conn| sqlx::raw_sql(text).execute(&mut *conn).await.map(drop))?;
        }
        Ok(())
    }

    /// What is lost with a connection that will not close in good order is nothing.
    pub(super) async fn close(self) {
        let _closed = on_any!(self, |conn| conn.close().await);
    }
}
