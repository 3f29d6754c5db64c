//! A borrowed connection to one of the three databases, and the statements that run on it.

use sqlx::encode::Encode;
use sqlx::error::BoxDynError;
use sqlx::mysql::{MySqlArguments, MySqlConnection, MySqlRow};
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, FromRow, MySql, Postgres, Sqlite, Type};
use uuid::Uuid;

use super::sql::Sql;
use crate::domain::clock::Timestamp;

/// A value that every database can bind.
pub trait Bind: BindOn<Sqlite> + BindOn<MySql> + BindOn<Postgres> + Send {}
impl<T> Bind for T where T: BindOn<Sqlite> + BindOn<MySql> + BindOn<Postgres> + Send {}

pub trait BindOn<D: sqlx::Database>: for<'q> Encode<'q, D> + Type<D> {}
impl<D: sqlx::Database, T> BindOn<D> for T where T: for<'q> Encode<'q, D> + Type<D> {}

/// A struct into which every database can decode a row.
pub trait Record: ReadFrom<SqliteRow> + ReadFrom<MySqlRow> + ReadFrom<PgRow> + Send + Unpin + 'static {}
impl<T> Record for T where T: ReadFrom<SqliteRow> + ReadFrom<MySqlRow> + ReadFrom<PgRow> + Send + Unpin + 'static {}

pub trait ReadFrom<R: sqlx::Row>: for<'r> FromRow<'r, R> {}
impl<R: sqlx::Row, T> ReadFrom<R> for T where T: for<'r> FromRow<'r, R> {}

/// Which database is at the other end.
pub(super) enum Link<'c> {
    Sqlite(&'c mut SqliteConnection),
    MySql(&'c mut MySqlConnection),
    Postgres(&'c mut PgConnection),
}

impl Link<'_> {
    fn reborrow(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(conn) => Link::Sqlite(conn),
            Self::MySql(conn) => Link::MySql(conn),
            Self::Postgres(conn) => Link::Postgres(conn),
        }
    }
}

/// What a unit of work is given: a connection, the moment at which this run of it began, and a name for itself.
pub struct Conn<'c> {
    link: Link<'c>,
    now: Timestamp,
    unit: Uuid,
    #[cfg(feature = "broken-controls")]
    plans: Option<Vec<String>>,
}

impl<'c> Conn<'c> {
    pub(super) fn new(link: Link<'c>, now: Timestamp) -> Self {
        Self {
            link,
            now,
            unit: Uuid::nil(),
            #[cfg(feature = "broken-controls")]
            plans: None,
        }
    }

    /// For tests: from now on the plans of all statements that give rows are kept.
    #[cfg(feature = "broken-controls")]
    pub(super) fn keep_plans(&mut self) {
        self.plans = Some(Vec::new());
    }

    #[cfg(feature = "broken-controls")]
    pub(super) fn take_plans(&mut self) -> Vec<String> {
        self.plans.take().unwrap_or_default()
    }

    pub(super) fn set_unit(&mut self, unit: Uuid) {
        self.unit = unit;
    }

    /// When this run began, by the store's clock: a repeated unit writes the time of the run that was committed.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The id of this unit of work, the same in each of its runs by [`super::Store::run`]: under it a run finds what an
    /// earlier one has written whose COMMIT was not heard.
    pub fn unit(&self) -> Uuid {
        self.unit
    }

    pub fn query(&mut self, sql: Sql) -> Statement<'_> {
        let args = match &self.link {
            Link::Sqlite(_) => Args::Sqlite(SqliteArguments::default()),
            Link::MySql(_) => Args::MySql(MySqlArguments::default()),
            Link::Postgres(_) => Args::Postgres(PgArguments::default()),
        };
        Statement {
            link: self.link.reborrow(),
            sql,
            args,
            failed: None,
            #[cfg(feature = "broken-controls")]
            plans: self.plans.as_mut(),
        }
    }

    /// Sends a command that has no parameters and no result: BEGIN, COMMIT, SAVEPOINT.
    pub(super) async fn command(&mut self, text: &'static str) -> sqlx::Result<()> {
        match &mut self.link {
            Link::Sqlite(conn) => sqlx::raw_sql(text).execute(&mut **conn).await.map(drop),
            Link::MySql(conn) => sqlx::raw_sql(text).execute(&mut **conn).await.map(drop),
            Link::Postgres(conn) => sqlx::raw_sql(text).execute(&mut **conn).await.map(drop),
        }
    }
}

enum Args {
    Sqlite(SqliteArguments),
    MySql(MySqlArguments),
    Postgres(PgArguments),
}

/// A statement with its values, about to run.
#[must_use]
pub struct Statement<'c> {
    link: Link<'c>,
    sql: Sql,
    args: Args,
    failed: Option<BoxDynError>,
    #[cfg(feature = "broken-controls")]
    plans: Option<&'c mut Vec<String>>,
}

/// Runs `$body` with the connection, the text and the arguments of the database at hand.
macro_rules! on_each {
    ($statement:ident, |$conn:ident, $text:ident, $args:ident| $body:expr) => {{
        if let Some(cause) = $statement.failed {
            return Err(sqlx::Error::Encode(cause));
        }
        match ($statement.link, $statement.args) {
            (Link::Sqlite($conn), Args::Sqlite($args)) => {
                let $text = $statement.sql.sqlite;
                $body
            }
            (Link::MySql($conn), Args::MySql($args)) => {
                let $text = $statement.sql.mysql;
                $body
            }
            (Link::Postgres($conn), Args::Postgres($args)) => {
                let $text = $statement.sql.postgres;
                $body
            }
            _ => Err(sqlx::Error::InvalidArgument("arguments made for another database".to_owned())),
        }
    }};
}

impl Statement<'_> {
    /// Binds the next placeholder.
    pub fn bind(mut self, value: impl Bind) -> Self {
        let added = match &mut self.args {
            Args::Sqlite(args) => args.add(value),
            Args::MySql(args) => args.add(value),
            Args::Postgres(args) => args.add(value),
        };
        if let Err(cause) = added {
            self.failed.get_or_insert(cause);
        }
        self
    }

    pub async fn optional<R: Record>(self) -> sqlx::Result<Option<R>> {
        on_each!(self, |conn, text, args| sqlx::query_as_with(text, args).fetch_optional(conn).await)
    }

    pub async fn one<R: Record>(self) -> sqlx::Result<R> {
        on_each!(self, |conn, text, args| sqlx::query_as_with(text, args).fetch_one(conn).await)
    }

    pub async fn all<R: Record>(self) -> sqlx::Result<Vec<R>> {
        #[cfg(feature = "broken-controls")]
        let mut this = self;
        #[cfg(feature = "broken-controls")]
        this.keep_plan().await?;
        #[cfg(not(feature = "broken-controls"))]
        let this = self;
        on_each!(this, |conn, text, args| sqlx::query_as_with(text, args).fetch_all(conn).await)
    }

    /// How the database goes about this statement, with these values.
    #[cfg(feature = "broken-controls")]
    async fn keep_plan(&mut self) -> sqlx::Result<()> {
        use super::sql::explained;
        use sqlx::Row;

        let Some(plans) = self.plans.as_deref_mut() else { return Ok(()) };
        let lines: Vec<String> = match (self.link.reborrow(), &self.args) {
            (Link::Sqlite(conn), Args::Sqlite(args)) => {
                let text = explained("EXPLAIN QUERY PLAN ", self.sql.sqlite);
                let rows = sqlx::query_with(text, args.clone()).fetch_all(conn).await?;
                rows.iter().map(|row| row.try_get("detail")).collect::<sqlx::Result<_>>()?
            }
            (Link::MySql(conn), Args::MySql(args)) => {
                let text = explained("EXPLAIN FORMAT=JSON ", self.sql.mysql);
                let rows = sqlx::query_with(text, args.clone()).fetch_all(conn).await?;
                rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?
            }
            (Link::Postgres(conn), Args::Postgres(args)) => {
                let text = explained("EXPLAIN ", self.sql.postgres);
                let rows = sqlx::query_with(text, args.clone()).fetch_all(conn).await?;
                rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?
            }
            _ => Vec::new(),
        };
        plans.push(lines.join("\n"));
        Ok(())
    }

    /// How many rows the statement touched. (sqlx asks MySQL to count the rows that matched, as the others do.)
    pub async fn execute(self) -> sqlx::Result<u64> {
        on_each!(self, |conn, text, args| {
            sqlx::query_with(text, args).execute(conn).await.map(|done| done.rows_affected())
        })
    }
}
