//! The migrations, on real databases: up, down and up again, by many at once, and what they refuse.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use keystead::domain::clock::Clock;
use keystead::store::migrations::{MigrationError, SchemaConnection, Step, downgrade, head, status, upgrade};
use sqlx::migrate::Migrator;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, query_as, query_scalar, raw_sql};

/// What is there before any migration and stays after the last.
const BOOKKEEPING: [&str; 2] = ["_sqlx_migrations", "schema_lease"];
/// How many processes start at once, and how often that is tried.
const NODES: usize = 4;
const ROUNDS: usize = 5;

#[expect(clippy::disallowed_methods, reason = "scripts/with-databases tells by the environment where the servers are")]
fn server(variable: &str) -> Option<String> {
    let url = std::env::var_os(variable).and_then(|url| url.into_string().ok());
    if url.is_none() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{variable} must be set when CI=true");
        eprintln!("skipped: {variable} is not set");
    }
    url
}

/// Runs `test` on a database of its own, which is dropped afterwards.
async fn on_mariadb(test: impl AsyncFnOnce(MySqlConnectOptions)) {
    let Some(url) = server("TEST_MARIADB_URL") else { return };
    let (options, name) = (MySqlConnectOptions::from_str(&url).unwrap(), name());
    let mut admin = options.connect().await.unwrap();
    // A default that no table may take over: by it 'a' = 'A'.
    let create = format!("CREATE DATABASE {name} CHARACTER SET latin1 COLLATE latin1_swedish_ci");
    raw_sql(AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
    test(options.database(&name)).await;
    raw_sql(AssertSqlSafe(format!("DROP DATABASE {name}"))).execute(&mut admin).await.unwrap();
}

async fn on_postgres(test: impl AsyncFnOnce(PgConnectOptions)) {
    let Some(url) = server("TEST_POSTGRES_URL") else { return };
    let (options, name) = (PgConnectOptions::from_str(&url).unwrap(), name());
    let mut admin = options.connect().await.unwrap();
    raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    test(options.database(&name)).await;
    raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut admin).await.unwrap();
}

fn name() -> String {
    format!("migrations_{}", uuid::Uuid::new_v4().simple())
}

async fn sqlite() -> SqliteConnection {
    SqliteConnection::connect("sqlite::memory:").await.unwrap()
}

/// The whole schema as text, the database's own words.
trait Dump: SchemaConnection {
    async fn dump(&mut self) -> Vec<String>;
    /// Every column: table, name, whether it may be NULL.
    async fn columns(&mut self) -> BTreeSet<(String, String, bool)>;
}

fn without_bookkeeping(rows: Vec<(String, String, bool)>) -> BTreeSet<(String, String, bool)> {
    rows.into_iter().filter(|(table, ..)| !BOOKKEEPING.contains(&table.as_str())).collect()
}

impl Dump for SqliteConnection {
    async fn dump(&mut self) -> Vec<String> {
        query_scalar("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY sql").fetch_all(self).await.unwrap()
    }

    async fn columns(&mut self) -> BTreeSet<(String, String, bool)> {
        let text = "SELECT t.name, c.name, c.\"notnull\" = 0 FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
                    WHERE t.type = 'table'";
        without_bookkeeping(query_as(text).fetch_all(self).await.unwrap())
    }
}

impl Dump for MySqlConnection {
    async fn dump(&mut self) -> Vec<String> {
        let text = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                    WHERE table_schema = DATABASE() ORDER BY table_name";
        let tables: Vec<String> = query_scalar(text).fetch_all(&mut *self).await.unwrap();
        let mut dump = Vec::new();
        for table in tables {
            let show = AssertSqlSafe(format!("SHOW CREATE TABLE {table}"));
            let (_, text): (String, String) = query_as(show).fetch_one(&mut *self).await.unwrap();
            dump.push(text);
        }
        dump
    }

    async fn columns(&mut self) -> BTreeSet<(String, String, bool)> {
        let text = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), is_nullable = 'YES' \
                    FROM information_schema.columns WHERE table_schema = DATABASE()";
        without_bookkeeping(query_as(text).fetch_all(self).await.unwrap())
    }
}

impl Dump for PgConnection {
    async fn dump(&mut self) -> Vec<String> {
        let text = "SELECT concat_ws(' ', table_name, column_name, ordinal_position::text, data_type, collation_name, \
                    is_nullable, column_default) FROM information_schema.columns WHERE table_schema = 'public' \
                    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
                    UNION ALL SELECT concat_ws(' ', conrelid::regclass::text, conname, pg_get_constraintdef(oid)) \
                    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1";
        query_scalar(text).fetch_all(self).await.unwrap()
    }

    async fn columns(&mut self) -> BTreeSet<(String, String, bool)> {
        let text = "SELECT table_name::text, column_name::text, is_nullable = 'YES' FROM information_schema.columns \
                    WHERE table_schema = 'public'";
        without_bookkeeping(query_as(text).fetch_all(self).await.unwrap())
    }
}

async fn goes_up_down_and_up_again(conn: &mut impl Dump) {
    let clock = Clock::system();
    assert!(status(conn).await.unwrap().iter().all(|step| !step.applied));
    assert!(conn.dump().await.is_empty(), "asking for the status must not change anything");
    let up = upgrade(conn, None, &clock).await.unwrap();
    assert_eq!((up.len(), up.last().map(|step| step.version)), (usize::try_from(head()).unwrap(), Some(head())));
    assert_eq!(status(conn).await.unwrap(), up);
    assert!(upgrade(conn, None, &clock).await.unwrap().is_empty());
    let first = conn.dump().await;

    let half = head() / 2;
    downgrade(conn, half, false, &clock).await.unwrap();
    assert_eq!(status(conn).await.unwrap().iter().filter(|step| step.applied).count(), usize::try_from(half).unwrap());
    downgrade(conn, 0, false, &clock).await.unwrap();
    assert!(conn.columns().await.is_empty(), "a down left a table behind");

    assert_eq!(upgrade(conn, Some(1), &clock).await.unwrap().len(), 1);
    upgrade(conn, None, &clock).await.unwrap();
    assert_eq!(conn.dump().await, first);
}

#[tokio::test]
async fn up_down_up_gives_the_same_schema_on_sqlite() {
    goes_up_down_and_up_again(&mut sqlite().await).await;
}

#[tokio::test]
async fn up_down_up_gives_the_same_schema_on_mariadb() {
    on_mariadb(async |options| goes_up_down_and_up_again(&mut options.connect().await.unwrap()).await).await;
}

#[tokio::test]
async fn up_down_up_gives_the_same_schema_on_postgres() {
    on_postgres(async |options| goes_up_down_and_up_again(&mut options.connect().await.unwrap()).await).await;
}

#[tokio::test]
async fn the_three_have_the_same_tables_columns_and_nulls() {
    let mut conn = sqlite().await;
    upgrade(&mut conn, None, &Clock::system()).await.unwrap();
    let expected = conn.columns().await;
    assert!(expected.contains(&("users".to_owned(), "email_key".to_owned(), true)));
    on_mariadb(async |options| {
        let mut conn = options.connect().await.unwrap();
        upgrade(&mut conn, None, &Clock::system()).await.unwrap();
        assert_eq!(conn.columns().await, expected);
        let text = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() \
                    AND table_name <> '_sqlx_migrations' AND collation_name <> 'utf8mb4_bin'";
        assert_eq!(query_scalar::<_, i64>(text).fetch_one(&mut conn).await.unwrap(), 0);
    })
    .await;
    on_postgres(async |options| {
        let mut conn = options.connect().await.unwrap();
        upgrade(&mut conn, None, &Clock::system()).await.unwrap();
        assert_eq!(conn.columns().await, expected);
    })
    .await;
}

async fn all_at_once<C: SchemaConnection + 'static>(conns: Vec<C>) -> Vec<Vec<Step>> {
    let mut nodes = tokio::task::JoinSet::new();
    for mut conn in conns {
        nodes.spawn(async move { upgrade(&mut conn, None, &Clock::system()).await.unwrap() });
    }
    nodes.join_all().await
}

async fn connections<C: Connection>(options: &C::Options) -> Vec<C> {
    let mut conns = Vec::new();
    for _ in 0..NODES {
        conns.push(C::connect_with(options).await.unwrap());
    }
    conns
}

fn one_did_it_all(mut done: Vec<Vec<Step>>) {
    done.sort_by_key(Vec::len);
    let counts: Vec<_> = done.iter().map(Vec::len).collect();
    let all = usize::try_from(head()).unwrap();
    assert_eq!(counts, [0, 0, 0, all], "one of the nodes migrates, the others find it done");
}

/// The control: the same files by sqlx's own migrator without a lease. Whether one of the nodes stumbled.
macro_rules! stumbles_without_the_lease {
    ($folder:literal, $conn:ty, $options:expr) => {{
        let mut migrator =
            Migrator::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $folder))).await.unwrap();
        migrator.set_locking(false);
        let migrator = std::sync::Arc::new(migrator);
        let mut nodes = tokio::task::JoinSet::new();
        for mut conn in connections::<$conn>($options).await {
            let migrator = migrator.clone();
            nodes.spawn(async move { migrator.run_direct(None, &mut conn, false).await });
        }
        nodes.join_all().await.iter().any(Result::is_err)
    }};
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_migrate_at_once_do_it_once_on_mariadb() {
    for _ in 0..ROUNDS {
        on_mariadb(async |options| one_did_it_all(all_at_once(connections::<MySqlConnection>(&options).await).await))
            .await;
    }
    let mut caught = server("TEST_MARIADB_URL").is_none();
    for _ in 0..ROUNDS {
        if caught {
            break;
        }
        on_mariadb(async |options| caught |= stumbles_without_the_lease!("mysql", MySqlConnection, &options)).await;
    }
    assert!(caught, "the control went through: the race was none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_migrate_at_once_do_it_once_on_postgres() {
    for _ in 0..ROUNDS {
        on_postgres(async |options| one_did_it_all(all_at_once(connections::<PgConnection>(&options).await).await))
            .await;
    }
    let mut caught = server("TEST_POSTGRES_URL").is_none();
    for _ in 0..ROUNDS {
        if caught {
            break;
        }
        on_postgres(async |options| caught |= stumbles_without_the_lease!("postgres", PgConnection, &options)).await;
    }
    assert!(caught, "the control went through: the race was none");
}

#[tokio::test]
async fn going_down_over_rows_is_refused_by_their_tables_names_and_undoes_nothing() {
    let (mut conn, clock) = (sqlite().await, Clock::system());
    upgrade(&mut conn, None, &clock).await.unwrap();
    for row in ["roles VALUES (x'01', 'admin', NULL, 1, 0)", "leases VALUES ('sweep', x'01', 1, 0)"] {
        raw_sql(AssertSqlSafe(format!("INSERT INTO {row}"))).execute(&mut conn).await.unwrap();
    }
    match downgrade(&mut conn, 0, false, &clock).await {
        Err(MigrationError::WouldLoseData { tables }) => assert_eq!(tables, ["leases", "roles"]),
        other => panic!("{other:?}"),
    }
    assert!(status(&mut conn).await.unwrap().iter().all(|step| step.applied));
    assert_eq!(downgrade(&mut conn, 0, true, &clock).await.unwrap().len(), usize::try_from(head()).unwrap());
}

async fn told_after(change: &'static str) -> String {
    let mut conn = sqlite().await;
    upgrade(&mut conn, None, &Clock::system()).await.unwrap();
    raw_sql(change).execute(&mut conn).await.unwrap();
    let told = status(&mut conn).await.unwrap_err().to_string();
    assert_eq!(downgrade(&mut conn, 1, true, &Clock::system()).await.unwrap_err().to_string(), told);
    told
}

#[tokio::test]
async fn what_stands_in_the_way_is_named() {
    let dirty = told_after("UPDATE _sqlx_migrations SET success = FALSE WHERE version = 4").await;
    assert!(dirty.starts_with("migration 0004_user_roles was begun and not finished"), "{dirty}");
    let changed = told_after("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 7").await;
    assert!(changed.starts_with("migration 0007_sessions was applied with another text"), "{changed}");
    let ahead = told_after("INSERT INTO _sqlx_migrations VALUES (9001, 'future', 0, TRUE, x'00', 0)").await;
    assert!(ahead.starts_with("the database has migration 9001"), "{ahead}");
    let unknown = upgrade(&mut sqlite().await, Some(9001), &Clock::system()).await;
    assert!(matches!(unknown, Err(MigrationError::Unknown { version: 9001, .. })), "{unknown:?}");
}

async fn can_be_tried_again_after_a_refusal<C>(conn: &mut C)
where
    C: SchemaConnection,
    for<'c> &'c mut C: sqlx::Executor<'c>,
{
    raw_sql("CREATE TABLE roles (id INTEGER)").execute(&mut *conn).await.unwrap();
    let refused = upgrade(conn, None, &Clock::system()).await.unwrap_err().to_string();
    assert!(refused.starts_with("migration 0002_roles failed"), "{refused}");
    raw_sql("DROP TABLE roles").execute(&mut *conn).await.unwrap();
    // A lease that had not been given back would hold for a minute.
    let again = tokio::time::timeout(Duration::from_secs(20), async { upgrade(conn, None, &Clock::system()).await });
    let done = again.await.expect("the lease was given back").unwrap();
    assert_eq!(done.len() + 1, usize::try_from(head()).unwrap());
}

#[tokio::test]
async fn a_refused_migration_is_named_and_can_be_tried_again() {
    can_be_tried_again_after_a_refusal(&mut sqlite().await).await;
    on_mariadb(async |options| can_be_tried_again_after_a_refusal(&mut options.connect().await.unwrap()).await).await;
    on_postgres(async |options| can_be_tried_again_after_a_refusal(&mut options.connect().await.unwrap()).await).await;
}

/// MySQL commits around every DDL statement: a file of two could be half applied, and nobody would know which half.
#[test]
fn a_mysql_file_is_one_statement_and_no_file_lets_the_database_decide() {
    for dialect in ["sqlite", "mysql", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(dialect);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let code: Vec<_> = text.lines().filter(|line| !line.starts_with("--")).collect();
            let code = code.join("\n").to_uppercase();
            if dialect == "mysql" {
                assert_eq!(
                    (code.matches(';').count(), code.trim_end().ends_with(';')),
                    (1, true),
                    "{}",
                    path.display()
                );
                let engine = ") ENGINE = INNODB DEFAULT CHARACTER SET UTF8MB4 COLLATE UTF8MB4_BIN;";
                assert!(!code.contains("CREATE TABLE") || code.contains(engine), "{}", path.display());
            }
            assert_eq!(code.matches("CREATE TABLE").count(), code.matches("PRIMARY KEY").count(), "{}", path.display());
            let code = code.replace("DEFAULT CHARACTER SET", "");
            for banned in ["DEFAULT", "TRIGGER", "AUTO_INCREMENT", "AUTOINCREMENT", "SERIAL", "CASCADE", "NOW()"] {
                assert!(!code.contains(banned), "{}: {banned}", path.display());
            }
        }
    }
}

/// STRICT tables hold booleans as INTEGER; sqlx must read and write them as `bool`, ids as bytes, times as `i64`.
#[tokio::test]
async fn a_strict_table_takes_and_gives_the_trades_types() {
    let mut conn = sqlite().await;
    upgrade(&mut conn, None, &Clock::system()).await.unwrap();
    let id = uuid::Uuid::now_v7();
    let insert = "INSERT INTO roles (id, name, description, built_in, guard) VALUES (?, ?, ?, ?, ?)";
    let row = sqlx::query(insert).bind(id).bind("admin").bind(None::<String>).bind(true).bind(i64::MAX);
    row.execute(&mut conn).await.unwrap();
    let text = "SELECT id, name, description, built_in, guard FROM roles";
    let read: (uuid::Uuid, String, Option<String>, bool, i64) = query_as(text).fetch_one(&mut conn).await.unwrap();
    assert_eq!(read, (id, "admin".to_owned(), None, true, i64::MAX));
    let text_as_id = sqlx::query(insert).bind(id.to_string()).bind("x").bind(None::<String>).bind(true).bind(0);
    assert!(text_as_id.execute(&mut conn).await.is_err(), "STRICT refuses an id that is written as text");
}
