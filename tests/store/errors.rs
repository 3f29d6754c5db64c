//! What the servers' refusals mean to a unit: whether to run it again, and whether it is somebody's fault.

use keystead::store::conn::Conn;
use keystead::store::error::StoreError;
use keystead::store::query::Query;
use keystead::store::sql::Sql;

use crate::ground::Ground;

on_each_server! { refusals_are_told_apart }

/// Makes the server say that this has gone wrong.
struct Refuse(Sql);

impl Query for Refuse {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(self.0).execute().await
    }
}

macro_rules! refusals {
    ($($mysql:literal, $postgres:literal);+ $(;)?) => {
        [$(Sql {
            sqlite: "",
            mysql: concat!("SIGNAL SQLSTATE ", $mysql),
            postgres: concat!("DO $$ BEGIN RAISE SQLSTATE '", $postgres, "'; END $$"),
        }),+]
    };
}

async fn refusals_are_told_apart(ground: &Ground) {
    let contended = refusals! {
        "'40001' SET MYSQL_ERRNO = 1213", "40P01";
        "'HY000' SET MYSQL_ERRNO = 1205", "55P03";
        "'40001' SET MYSQL_ERRNO = 1213", "40001";
    };
    for refusal in contended {
        let told = ground.try_run(Refuse(refusal)).await;
        assert!(matches!(told, Err(StoreError::Contended(_))), "{refusal:?}: {told:?}");
    }
    let unreachable = refusals! {
        "'HY000' SET MYSQL_ERRNO = 1021", "53100"; // the disk is full
        "'HY000' SET MYSQL_ERRNO = 1114", "58030";
        "'HY000' SET MYSQL_ERRNO = 1180", "57P01";
        "'HY000' SET MYSQL_ERRNO = 1290", "25006"; // it only reads
        "'HY000' SET MYSQL_ERRNO = 1836", "25006";
        "'HY000' SET MYSQL_ERRNO = 3024", "57014"; // it took too long
        "'70100' SET MYSQL_ERRNO = 1969", "57014";
        "'08004' SET MYSQL_ERRNO = 1040", "53300"; // too many connections
        "'08S01' SET MYSQL_ERRNO = 1053", "57P03"; // it is going down, or coming up
        "'08S01' SET MYSQL_ERRNO = 1047", "08006"; // a Galera node without its cluster
    };
    for refusal in unreachable {
        let told = ground.try_run(Refuse(refusal)).await;
        assert!(matches!(told, Err(StoreError::Unreachable(_))), "{refusal:?}: {told:?}");
    }
    let told = ground.try_run(Refuse(refusals! { "'23000' SET MYSQL_ERRNO = 1062", "23505" }[0])).await;
    assert!(matches!(told, Err(StoreError::Conflict(_))), "{told:?}");
    let defects = refusals! {
        "'42000' SET MYSQL_ERRNO = 1064", "42601";
        "'23000' SET MYSQL_ERRNO = 1452", "23503"; // a foreign key
        "'22001' SET MYSQL_ERRNO = 1406", "22001"; // too long
    };
    for refusal in defects {
        let told = ground.try_run(Refuse(refusal)).await;
        assert!(matches!(told, Err(StoreError::Refused(_))), "{refusal:?}: {told:?}");
    }
}
