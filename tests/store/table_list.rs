//! The list of tables is the real schema: on each database the same tables, columns and kinds.

use std::collections::BTreeSet;

use keystead::config::database::Target;
use keystead::store::tables::{Kind, TABLES};
use sqlx::{Connection as _, MySqlConnection, PgConnection, SqliteConnection, query_as};

use crate::databases::{Engine, TestDatabase};

/// Table, column, and what the database calls its kind.
type Columns = BTreeSet<(String, String, String)>;

/// The list, with the kinds in a database's words.
fn listed(word: impl Fn(Kind) -> &'static str) -> Columns {
    let columns = |table: &'static keystead::store::tables::Table| table.columns.iter().map(move |it| (table, it));
    let told = |(table, column): (&keystead::store::tables::Table, &keystead::store::tables::Column)| {
        (table.name.to_owned(), column.name.to_owned(), word(column.kind).to_owned())
    };
    TABLES.iter().flat_map(columns).map(told).collect()
}

fn real(rows: Vec<(String, String, String)>) -> Columns {
    let is_ours = |table: &str| !matches!(table, "_sqlx_migrations" | "schema_lease");
    rows.into_iter().filter(|(table, ..)| is_ours(table)).collect()
}

#[tokio::test]
async fn on_sqlite() {
    let database = TestDatabase::create(Engine::Sqlite).await.unwrap();
    let Target::Sqlite { path } = &database.settings.target else { panic!() };
    let mut conn = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let text = "SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
                WHERE t.type = 'table'";
    let expected = listed(|kind| match kind {
        Kind::Id | Kind::Bytes => "BLOB",
        Kind::Number | Kind::Flag => "INTEGER",
        Kind::Text => "TEXT",
    });
    assert_eq!(real(query_as(text).fetch_all(&mut conn).await.unwrap()), expected);
}

#[tokio::test]
async fn on_mariadb() {
    let Some(database) = TestDatabase::create(Engine::MariaDb).await else { return };
    let mut conn = MySqlConnection::connect(&database.url).await.unwrap();
    let text = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CASE \
                WHEN column_type = 'binary(16)' THEN 'id' WHEN column_type LIKE 'bigint%' THEN 'number' \
                WHEN column_type = 'tinyint(1)' THEN 'flag' WHEN data_type IN ('varbinary', 'blob') THEN 'bytes' \
                WHEN data_type IN ('varchar', 'text') THEN 'text' ELSE CAST(column_type AS CHAR) END \
                FROM information_schema.columns WHERE table_schema = DATABASE()";
    let expected = listed(|kind| match kind {
        Kind::Id => "id",
        Kind::Number => "number",
        Kind::Flag => "flag",
        Kind::Text => "text",
        Kind::Bytes => "bytes",
    });
    assert_eq!(real(query_as(text).fetch_all(&mut conn).await.unwrap()), expected);
}

#[tokio::test]
async fn on_postgres() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else { return };
    let mut conn = PgConnection::connect(&database.url).await.unwrap();
    let text = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
                WHERE table_schema = 'public'";
    let expected = listed(|kind| match kind {
        Kind::Id => "uuid",
        Kind::Number => "bigint",
        Kind::Flag => "boolean",
        Kind::Text => "text",
        Kind::Bytes => "bytea",
    });
    assert_eq!(real(query_as(text).fetch_all(&mut conn).await.unwrap()), expected);
}
