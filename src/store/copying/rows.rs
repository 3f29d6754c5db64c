//! Rows of any table as values, read from one database and written to another.

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::Arguments as _;
use sqlx::Row as _;
use sqlx::mysql::MySqlArguments;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use uuid::Uuid;

use crate::store::conn::Link;
use crate::store::sql;
use crate::store::tables::{Kind, Table};

/// What stands in a column. A NULL knows its type too, since PostgreSQL asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Id(Option<Uuid>),
    Number(Option<i64>),
    Flag(Option<bool>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// In the order of the table's list.
pub(super) type Row = Vec<Value>;

/// The values of a row, from whichever database it is.
macro_rules! values {
    ($row:expr, $table:expr) => {{
        let row = $row;
        let columns = $table.columns.iter().enumerate();
        let value = |(at, kind): (usize, Kind)| {
            Ok(match kind {
                Kind::Id => Value::Id(row.try_get(at)?),
                Kind::Number => Value::Number(row.try_get(at)?),
                Kind::Flag => Value::Flag(row.try_get(at)?),
                Kind::Text => Value::Text(row.try_get(at)?),
                Kind::Bytes => Value::Bytes(row.try_get(at)?),
            })
        };
        columns.map(|(at, column)| value((at, column.kind))).collect::<sqlx::Result<Row>>()
    }};
}

/// All rows, as they come: what is not yet asked for stays with the database.
pub(super) fn read<'c>(link: Link<'c>, table: &'static Table) -> BoxStream<'c, sqlx::Result<Row>> {
    let query = sql::select_all(table);
    match link {
        Link::Sqlite(conn) => sqlx::query(query).fetch(conn).map(|row| values!(row?, table)).boxed(),
        Link::MySql(conn) => sqlx::query(query).fetch(conn).map(|row| values!(row?, table)).boxed(),
        Link::Postgres(conn) => sqlx::query(query).fetch(conn).map(|row| values!(row?, table)).boxed(),
    }
}

/// The arguments of a statement, for whichever database it is.
macro_rules! arguments {
    ($arguments:ty, $rows:expr) => {{
        let mut arguments = <$arguments>::default();
        for value in $rows.iter().flatten() {
            let added = match value {
                Value::Id(id) => arguments.add(*id),
                Value::Number(number) => arguments.add(*number),
                Value::Flag(flag) => arguments.add(*flag),
                Value::Text(text) => arguments.add(text.clone()),
                Value::Bytes(bytes) => arguments.add(bytes.clone()),
            };
            added.map_err(sqlx::Error::Encode)?;
        }
        arguments
    }};
}

/// These rows in one statement.
pub(super) async fn write(link: Link<'_>, table: &'static Table, rows: &[Row]) -> sqlx::Result<()> {
    match link {
        Link::Sqlite(conn) => {
            let arguments = arguments!(SqliteArguments, rows);
            sqlx::query_with(sql::insert_rows(table, rows.len(), false), arguments).execute(conn).await.map(drop)
        }
        Link::MySql(conn) => {
            let arguments = arguments!(MySqlArguments, rows);
            sqlx::query_with(sql::insert_rows(table, rows.len(), false), arguments).execute(conn).await.map(drop)
        }
        Link::Postgres(conn) => {
            let arguments = arguments!(PgArguments, rows);
            sqlx::query_with(sql::insert_rows(table, rows.len(), true), arguments).execute(conn).await.map(drop)
        }
    }
}
