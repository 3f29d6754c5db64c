//! A whole database copied: between all kinds, with rows in every table, all or nothing.

use keystead::config::database::{DatabaseSettings, Target};
use keystead::store::copying::{Copied, CopyError, copy};
use keystead::store::tables::{Column, Kind, TABLES, Table};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Executor as _, query_as, query_with, raw_sql};
use uuid::Uuid;

use crate::databases::{Engine, TestDatabase};

/// More than one batch, and a part of another.
const ROWS: u128 = 150;

async fn file(database: &TestDatabase) -> SqliteConnection {
    let Target::Sqlite { path } = &database.settings.target else { panic!("{:?}", database.settings.target) };
    SqliteConnection::connect(path.to_str().unwrap()).await.unwrap()
}

/// Whose row a column leads to, so that foreign keys hold.
fn id_of(column: &str, at: u128) -> Uuid {
    let table = match column {
        "user_id" => "users",
        "role_id" => "roles",
        "session_id" => "sessions",
        _ => return Uuid::from_u128(at + 1),
    };
    let table = TABLES.iter().position(|it| it.name == table).unwrap();
    Uuid::from_u128(((table as u128) << 64) + at)
}

/// A row in which every other column that may be NULL is.
async fn insert(conn: &mut SqliteConnection, place: usize, table: &Table, at: u128, nulls: &[String]) {
    let mut arguments = SqliteArguments::default();
    let text = format!("é'\"\\😀 {at}");
    for (number, Column { name, kind }) in table.columns.iter().enumerate() {
        let is_null = nulls.contains(&(*name).to_owned()) && (number as u128 + at).is_multiple_of(2);
        let is_name = matches!(*name, "email" | "email_key" | "username" | "username_key");
        let there = !is_null || is_name;
        let added = match kind {
            Kind::Id if *name == "id" => arguments.add(Uuid::from_u128(((place as u128) << 64) + at)),
            Kind::Id => arguments.add(there.then(|| id_of(name, at))),
            Kind::Number if *name == "seq" => arguments.add(i64::try_from(at).unwrap()),
            Kind::Number => arguments.add(there.then_some(i64::MAX - i64::try_from(number).unwrap())),
            Kind::Flag => arguments.add(at.is_multiple_of(3)),
            Kind::Text => arguments.add(there.then(|| text.clone())),
            Kind::Bytes => arguments.add(there.then(|| [&at.to_be_bytes()[..], &[0, 255, 39, 92]].concat())),
        };
        added.unwrap();
    }
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let text = format!("INSERT INTO {} ({}) VALUES ({marks})", table.name, names.join(", "));
    query_with(AssertSqlSafe(text), arguments).execute(conn).await.unwrap();
}

/// A source with something in every table.
async fn filled() -> TestDatabase {
    let database = TestDatabase::create(Engine::Sqlite).await.unwrap();
    let mut conn = file(&database).await;
    conn.execute("PRAGMA foreign_keys = ON").await.unwrap();
    for (place, table) in TABLES.iter().enumerate() {
        let columns: Vec<(String, bool)> = query_as("SELECT name, \"notnull\" = 0 FROM pragma_table_info(?)")
            .bind(table.name)
            .fetch_all(&mut conn)
            .await
            .unwrap();
        let nulls: Vec<_> = columns.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect();
        conn.execute("BEGIN").await.unwrap();
        for at in 0..ROWS {
            insert(&mut conn, place, table, at, &nulls).await;
        }
        conn.execute("COMMIT").await.unwrap();
    }
    conn.close().await.unwrap();
    database
}

async fn copied(from: &DatabaseSettings, to: &DatabaseSettings) -> Vec<Copied> {
    copy(from, to, |_| {}).await.unwrap()
}

/// From file to MariaDB, to PostgreSQL, to a file, to PostgreSQL, to MariaDB, to a file: each of the six ways.
#[tokio::test]
async fn all_six_ways_give_the_same_rows() {
    let mut source = filled().await;
    let first = copied(&source.settings, &TestDatabase::create(Engine::Sqlite).await.unwrap().settings).await;
    assert_eq!(first.len(), TABLES.len());
    assert!(first.iter().all(|table| u128::from(table.rows) == ROWS), "{first:?}");
    for engine in [Engine::MariaDb, Engine::Postgres, Engine::Sqlite, Engine::Postgres, Engine::MariaDb, Engine::Sqlite]
    {
        let Some(target) = TestDatabase::create(engine).await else { return };
        assert_eq!(copied(&source.settings, &target.settings).await, first, "{engine:?}");
        source = target;
    }
}

/// Counts the rows of all tables.
async fn rows(conn: &mut SqliteConnection) -> i64 {
    let mut all = 0;
    for table in TABLES {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {}", table.name));
        let (rows,): (i64,) = query_as(count).fetch_one(&mut *conn).await.unwrap();
        all += rows;
    }
    all
}

#[tokio::test]
async fn a_target_that_holds_something_is_left_alone() {
    let source = filled().await;
    let target = TestDatabase::create(Engine::Sqlite).await.unwrap();
    let mut conn = file(&target).await;
    raw_sql("INSERT INTO leases VALUES ('sweep', x'00112233445566778899aabbccddeeff', 1, 0)")
        .execute(&mut conn)
        .await
        .unwrap();
    let refused = copy(&source.settings, &target.settings, |_| {}).await.unwrap_err();
    assert!(matches!(refused, CopyError::NotEmpty { table: "leases" }), "{refused}");
    assert_eq!(rows(&mut conn).await, 1);
}

/// The control of the comparison: a target that changes what it is given is found out, and then holds nothing.
#[tokio::test]
async fn what_does_not_arrive_as_it_left_is_found_and_undone() {
    let source = filled().await;
    let changes = [
        "CREATE TRIGGER t AFTER INSERT ON outbox BEGIN UPDATE outbox SET attempts = 7 WHERE id = new.id; END",
        "CREATE TRIGGER t AFTER INSERT ON throttles WHEN new.failures > 0 BEGIN \
         DELETE FROM throttles WHERE rowid = new.rowid AND new.rowid = 3; END",
        "CREATE TRIGGER t AFTER INSERT ON audit_seals BEGIN SELECT RAISE(ABORT, 'no room'); END",
    ];
    for (change, table) in changes.into_iter().zip(["outbox", "throttles", "audit_seals"]) {
        let target = TestDatabase::create(Engine::Sqlite).await.unwrap();
        let mut conn = file(&target).await;
        raw_sql(change).execute(&mut conn).await.unwrap();
        let refused = copy(&source.settings, &target.settings, |_| {}).await.unwrap_err();
        let named = match &refused {
            CopyError::Differs { table, .. } | CopyError::Write { table, .. } => *table,
            other => panic!("{other}"),
        };
        assert_eq!(named, table, "{refused}");
        assert_eq!(rows(&mut conn).await, 0, "{refused}");
    }
}

#[tokio::test]
async fn a_source_of_another_schema_is_not_copied() {
    let source = filled().await;
    let mut conn = file(&source).await;
    raw_sql("DELETE FROM _sqlx_migrations WHERE version > 20").execute(&mut conn).await.unwrap();
    let target = TestDatabase::create(Engine::Sqlite).await.unwrap();
    let refused = copy(&source.settings, &target.settings, |_| {}).await.unwrap_err();
    assert!(matches!(refused, CopyError::Behind { which: "source", at: 20, .. }), "{refused}");
}
