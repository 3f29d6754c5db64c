//! Whether somebody else than this process writes into an SQLite file.

use super::conn::Conn;
use super::query::Query;
use crate::sql;

/// A number that is another one after a connection other than the writer's has changed the file. A server, which many
/// write to as a matter of course, always says the same.
pub struct ForeignWrites;

#[derive(sqlx::FromRow)]
struct Row {
    data_version: i64,
}

impl Query for ForeignWrites {
    /// Not a read, though it writes nothing: to a reader, what the writer does is foreign.
    const SINGLE: bool = true;
    type Output = i64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<i64> {
        let ask = sql!(
            "SELECT CAST(0 AS SIGNED) AS data_version",
            sqlite = "PRAGMA data_version",
            postgres = "SELECT CAST(0 AS BIGINT) AS data_version"
        );
        Ok(conn.query(ask).one::<Row>().await?.data_version)
    }
}
