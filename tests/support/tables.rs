//! The tables behind the nodes' backs: to change them, to count in them, and to see every byte of them.

use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, query_as, query_scalar, raw_sql};

use crate::databases::TestDatabase;

/// Waits for the one place to write in an SQLite file are not in turn: two nodes that have much to write may go first
/// again and again.
const PATIENCE: Duration = Duration::from_mins(1);

enum Connection {
    Sqlite(SqliteConnection),
    MySql(MySqlConnection),
    Postgres(PgConnection),
}

/// The same on whichever it is.
macro_rules! on {
    ($connection:expr, $each:ident => $do:expr) => {
        match $connection {
            Connection::Sqlite($each) => $do.unwrap(),
            Connection::MySql($each) => $do.unwrap(),
            Connection::Postgres($each) => $do.unwrap(),
        }
    };
}

async fn connect(database: &TestDatabase) -> Connection {
    let url = database.url.as_str();
    if url.starts_with("mysql") {
        Connection::MySql(url.parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap())
    } else if url.starts_with("postgres") {
        Connection::Postgres(url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap())
    } else {
        let options = keystead::store::db::sqlite_file(url.trim_start_matches("sqlite://").as_ref());
        Connection::Sqlite(options.busy_timeout(PATIENCE).connect().await.unwrap())
    }
}

pub async fn execute(database: &TestDatabase, sql: &str) {
    let sql = raw_sql(AssertSqlSafe(sql.to_owned()));
    on!(&mut connect(database).await, each => sql.execute(each).await.map(drop));
}

/// The whole number that a query answers with.
pub async fn count(database: &TestDatabase, sql: &str) -> i64 {
    let sql = AssertSqlSafe(sql.to_owned());
    on!(&mut connect(database).await, each => query_scalar(sql).fetch_one(each).await)
}

/// Every value of every column of every table, as bytes: text in UTF-8, what is binary as it is. With its place.
pub async fn dump(database: &TestDatabase) -> Vec<(String, Vec<u8>)> {
    let mut connection = connect(database).await;
    let columns = match connection {
        Connection::Sqlite(_) => {
            "SELECT t.name, c.name, c.type FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'"
        }
        Connection::MySql(_) => {
            "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(data_type AS CHAR) \
             FROM information_schema.columns WHERE table_schema = DATABASE()"
        }
        Connection::Postgres(_) => {
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = current_schema()"
        }
    };
    let columns: Vec<(String, String, String)> = on!(&mut connection, each => query_as(columns).fetch_all(each).await);
    assert!(columns.len() > 80, "not all tables were found: {columns:?}");
    let mut values = Vec::new();
    for (table, column, of_type) in columns {
        let as_bytes = match connection {
            Connection::Sqlite(_) => format!("CAST(\"{column}\" AS BLOB)"),
            Connection::MySql(_) => format!("CAST(`{column}` AS BINARY)"),
            Connection::Postgres(_) if of_type == "bytea" => format!("\"{column}\""),
            Connection::Postgres(_) => format!("convert_to(\"{column}\"::text, 'UTF8')"),
        };
        let select = AssertSqlSafe(format!("SELECT {as_bytes} FROM {table}"));
        let found: Vec<Option<Vec<u8>>> = on!(&mut connection, each => query_scalar(select).fetch_all(each).await);
        values.extend(found.into_iter().flatten().map(|value| (format!("{table}.{column}"), value)));
    }
    values
}
