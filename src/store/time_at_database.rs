//! The one question about time that a database is asked: what time it is there.

use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::sql;

/// `None` on SQLite, which has no clock but this machine's.
pub struct TimeAtDatabase;

#[derive(sqlx::FromRow)]
struct Now {
    micros: Option<i64>,
}

impl Query for TimeAtDatabase {
    const ACCESS: Access = Access::Read;
    type Output = Option<Timestamp>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Timestamp>> {
        let there: Now = conn
            .query(sql!(
                "SELECT CAST(NULL AS BIGINT) AS micros",
                mysql = "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED) AS micros",
                postgres = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS micros",
            ))
            .one()
            .await?;
        Ok(there.micros.map(Timestamp::from_micros))
    }
}
