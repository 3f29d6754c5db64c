//! A MySQL upgrade that died between two statements is named, and goes on.

use std::str::FromStr as _;
use std::time::Duration;

use keystead::domain::clock::Clock;
use keystead::store::migrations::{MigrationError, downgrade, head, resume, status, upgrade};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::{ConnectOptions as _, query, query_as, query_scalar, raw_sql};

use crate::databases::{Engine, TestDatabase};

/// One of each kind of statement: a table, an index, a column, an index for another one.
const KINDS: [i64; 4] = [12, 17, 18, 23];
/// Deaths in one upgrade, at a moment that nobody chose.
const DEATHS: usize = 12;

async fn empty() -> Option<(TestDatabase, MySqlConnection)> {
    let database = TestDatabase::create(Engine::MariaDb).await?;
    let mut conn = MySqlConnectOptions::from_str(&database.url).unwrap().connect().await.unwrap();
    downgrade(&mut conn, 0, true, &Clock::system()).await.unwrap();
    Some((database, conn))
}

/// All tables in the server's own words.
async fn schema(conn: &mut MySqlConnection) -> Vec<String> {
    let text = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                WHERE table_schema = DATABASE() ORDER BY table_name";
    let mut words = Vec::new();
    for table in query_scalar::<_, String>(text).fetch_all(&mut *conn).await.unwrap() {
        let show = sqlx::AssertSqlSafe(format!("SHOW CREATE TABLE {table}"));
        let (_, create): (String, String) = query_as(show).fetch_one(&mut *conn).await.unwrap();
        words.push(create);
    }
    words
}

/// The record of a process that died at this migration, before its statement or after it.
async fn died_at(conn: &mut MySqlConnection, version: i64, after: bool) {
    upgrade(conn, Some(version), &Clock::system()).await.unwrap();
    if !after {
        let find = "SELECT CAST(description AS CHAR), checksum FROM _sqlx_migrations WHERE version = ?";
        let (name, checksum): (String, Vec<u8>) = query_as(find).bind(version).fetch_one(&mut *conn).await.unwrap();
        downgrade(conn, version - 1, true, &Clock::system()).await.unwrap();
        let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                      VALUES (?, ?, FALSE, ?, -1)";
        query(insert).bind(version).bind(name).bind(checksum).execute(&mut *conn).await.unwrap();
        return;
    }
    let begun = "UPDATE _sqlx_migrations SET success = FALSE WHERE version = ?";
    query(begun).bind(version).execute(conn).await.unwrap();
}

#[tokio::test]
async fn each_kind_of_statement_is_seen_to_be_done_or_not() {
    let Some((_database, mut conn)) = empty().await else { return };
    upgrade(&mut conn, None, &Clock::system()).await.unwrap();
    let whole = schema(&mut conn).await;
    assert_eq!(resume(&mut conn, &Clock::system()).await.unwrap(), None, "nothing was left half done");
    for version in KINDS {
        for after in [false, true] {
            downgrade(&mut conn, version - 1, true, &Clock::system()).await.unwrap();
            died_at(&mut conn, version, after).await;
            let told = upgrade(&mut conn, None, &Clock::system()).await.unwrap_err();
            assert!(matches!(told, MigrationError::Dirty { version: named, .. } if named == version), "{told}");
            let step = resume(&mut conn, &Clock::system()).await.unwrap().unwrap();
            assert_eq!((step.version, step.applied), (version, after));
            let done = upgrade(&mut conn, None, &Clock::system()).await.unwrap();
            assert_eq!(done.first().map(|step| step.version), Some(version + i64::from(after)));
            assert_eq!(schema(&mut conn).await, whole, "{version} {after}");
        }
    }
}

/// The process is gone at any moment; its lease is taken for expired, as it would be a minute later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_that_dies_again_and_again_comes_to_its_end() {
    let Some((database, mut conn)) = empty().await else { return };
    let Some((_other, mut untouched)) = empty().await else { return };
    upgrade(&mut untouched, None, &Clock::system()).await.unwrap();
    let whole = schema(&mut untouched).await;
    let mut interrupted = 0;
    for round in 0..DEATHS as u64 {
        let mut dying = MySqlConnectOptions::from_str(&database.url).unwrap().connect().await.unwrap();
        let work = tokio::spawn(async move { upgrade(&mut dying, None, &Clock::system()).await });
        tokio::time::sleep(Duration::from_millis(3 + 7 * round)).await;
        work.abort();
        let _died = work.await;
        let _no_lease_yet = raw_sql("UPDATE schema_lease SET expires_at = 0").execute(&mut conn).await;
        if matches!(status(&mut conn).await, Err(MigrationError::Dirty { .. })) {
            interrupted += 1;
        }
        resume(&mut conn, &Clock::system()).await.unwrap();
        if status(&mut conn).await.unwrap().iter().all(|step| step.applied) {
            downgrade(&mut conn, head() / 2, true, &Clock::system()).await.unwrap();
        }
    }
    upgrade(&mut conn, None, &Clock::system()).await.unwrap();
    assert_eq!(schema(&mut conn).await, whole);
    eprintln!("{interrupted} of {DEATHS} left something half done");
}
