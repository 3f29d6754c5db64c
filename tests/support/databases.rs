//! A database of a test's own, on any of the three, migrated and empty, and gone when the test is over.
//!
//! SQLite lives in a temporary folder. The servers are those of `scripts/with-databases`; without them a test says that
//! it is skipped, and with `CI=true` it fails. A server is migrated once: each test's database is a copy of a template.
//! That stays on the server, under a name made from the text of the migrations, and so does the role on PostgreSQL.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use keystead::config::database::{DatabaseSettings, SQLITE_CACHE_KIB, ServerAddress, Target, TlsMode};
use keystead::domain::clock::Clock;
use keystead::store::db::sqlite_file;
use keystead::store::migrations::upgrade;
use sha2::{Digest, Sha256};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, query_scalar, raw_sql};
use tokio::sync::OnceCell;
use url::Url;

/// Enough for 64 tasks to get in each other's way, and several tests at once stay below the servers' 500.
const POOL: u32 = 16;
/// Most tests need no more; those that do wait for the others to be opened.
const KEPT: u32 = 2;
const POSTGRES_ROLE: &str = "keystead_test";

/// The databases that Keystead runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    MariaDb,
    Postgres,
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "sqlite" => Ok(Self::Sqlite),
            "mariadb" => Ok(Self::MariaDb),
            "postgres" => Ok(Self::Postgres),
            _ => Err(format!("no such database: {word}")),
        }
    }
}

pub struct TestDatabase {
    /// As `DATABASE_URL` takes it.
    pub url: String,
    pub settings: DatabaseSettings,
    /// Holds the SQLite file; on a server, what else the node keeps in its data folder.
    folder: tempfile::TempDir,
}

impl TestDatabase {
    /// `None`, and a printed line, when the server is not there.
    pub async fn create(engine: Engine) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => sqlite(folder.path()).await,
            Engine::MariaDb => mariadb(&server("TEST_MARIADB_URL")?).await,
            Engine::Postgres => postgres(&server("TEST_POSTGRES_URL")?).await,
        };
        let target = match engine {
            Engine::Sqlite => Target::Sqlite { path: folder.path().join("keystead.db") },
            Engine::MariaDb => Target::MySql(address(&url)),
            Engine::Postgres => Target::Postgres(address(&url)),
        };
        let data_dir = folder.path().to_owned();
        let recycle = Duration::from_hours(1);
        let settings = DatabaseSettings {
            target,
            sqlite_cache_kib: SQLITE_CACHE_KIB,
            pool_kept: KEPT,
            pool_max: POOL,
            recycle,
            data_dir,
        };
        Some(Self { url: url.into(), settings, folder })
    }
}

/// Also when the test has panicked. In a thread of its own, because the test's runtime may be about to end.
impl Drop for TestDatabase {
    fn drop(&mut self) {
        let url = self.url.clone();
        let target = self.settings.target.clone();
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                match target {
                    Target::Sqlite { .. } => Ok(()),
                    Target::MySql(of) => drop_mariadb(&url, &of.database).await,
                    Target::Postgres(of) => drop_postgres(&url, &of.database).await,
                }
            })
        });
        let outcome = dropping.join();
        if !matches!(outcome, Ok(Ok(()))) {
            eprintln!("a test's database beside {} was left behind: {outcome:?}", self.folder.path().display());
        }
    }
}

async fn drop_mariadb(url: &str, name: &str) -> sqlx::Result<()> {
    let mut admin = MySqlConnectOptions::from_str(url)?.connect().await?;
    // A connection that was left in the middle of a transaction would hold the tables.
    let left: Vec<u64> = query_scalar(
        "SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()",
    )
    .bind(name)
    .fetch_all(&mut admin)
    .await?;
    for id in left {
        let _gone = raw_sql(AssertSqlSafe(format!("KILL {id}"))).execute(&mut admin).await;
    }
    raw_sql(AssertSqlSafe(format!("SET lock_wait_timeout = 5; DROP DATABASE {name}"))).execute(&mut admin).await?;
    Ok(())
}

async fn drop_postgres(url: &str, name: &str) -> sqlx::Result<()> {
    let mut admin = PgConnectOptions::from_str(url)?.database("postgres").connect().await?;
    raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut admin).await?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "scripts/with-databases tells by the environment where the servers are")]
fn server(variable: &str) -> Option<Url> {
    let url = std::env::var_os(variable).and_then(|url| url.into_string().ok());
    if url.is_none() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{variable} must be set when CI=true");
        eprintln!("skipped: {variable} is not set");
    }
    url.map(|url| url.parse().unwrap())
}

fn address(url: &Url) -> ServerAddress {
    ServerAddress {
        host: url.host_str().unwrap().to_owned(),
        port: url.port().unwrap(),
        database: url.path().trim_start_matches('/').to_owned(),
        username: url.username().to_owned(),
        password: url.password().unwrap_or_default().into(),
        tls: TlsMode::Preferred,
        tls_ca: None,
        socket: None,
    }
}

/// The same server, another database.
fn beside(server: &Url, name: &str) -> Url {
    let mut url = server.clone();
    url.set_path(name);
    url
}

fn new_name() -> String {
    format!("test_{}", uuid::Uuid::new_v4().simple())
}

/// Changes with every byte of the migrations, so that a server that is kept running never hands out an old schema.
fn template_name(dialect: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(dialect);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(file).unwrap().hash(&mut hasher);
    }
    format!("keystead_template_{:016x}", hasher.finish())
}

async fn sqlite(folder: &Path) -> Url {
    static IMAGE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let image = IMAGE.get_or_init(async || {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("template.db");
        let mut conn = sqlite_file(&path).connect().await.unwrap();
        upgrade(&mut conn, None, &Clock::system()).await.unwrap();
        conn.close().await.unwrap();
        std::fs::read(path).unwrap()
    });
    let path = folder.join("keystead.db");
    std::fs::write(&path, image.await).unwrap();
    Url::parse(&format!("sqlite://{}", path.display())).unwrap()
}

async fn mariadb(server: &Url) -> Url {
    /// What makes the tables and the record of the migrations in an empty database.
    static SCRIPT: OnceCell<String> = OnceCell::const_new();
    let script = SCRIPT.get_or_init(|| mariadb_script(server)).await;
    let name = new_name();
    let mut admin = MySqlConnectOptions::from_str(server.as_str()).unwrap().connect().await.unwrap();
    // A default that no table may take over: by it 'a' = 'A'.
    let create = format!("CREATE DATABASE {name} CHARACTER SET latin1 COLLATE latin1_swedish_ci; USE {name}; {script}");
    raw_sql(AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
    beside(server, &name)
}

async fn mariadb_script(server: &Url) -> String {
    let template = template_name("mysql");
    let mut conn = MySqlConnectOptions::from_str(server.as_str()).unwrap().connect().await.unwrap();
    let make = format!("DO GET_LOCK('{template}', 60); CREATE DATABASE IF NOT EXISTS {template}; USE {template}");
    raw_sql(AssertSqlSafe(make)).execute(&mut conn).await.unwrap();
    upgrade(&mut conn, None, &Clock::system()).await.unwrap();
    let script = mariadb_tables(&mut conn, &template).await;
    conn.close().await.unwrap();
    script
}

async fn mariadb_tables(conn: &mut MySqlConnection, template: &str) -> String {
    let tables = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()";
    let mut script = "SET foreign_key_checks = 0;".to_owned();
    for table in query_scalar::<_, String>(tables).fetch_all(&mut *conn).await.unwrap() {
        let show = AssertSqlSafe(format!("SHOW CREATE TABLE {table}"));
        let (_, create): (String, String) = sqlx::query_as(show).fetch_one(&mut *conn).await.unwrap();
        write!(script, "{create};").unwrap();
    }
    script + &format!("INSERT INTO _sqlx_migrations SELECT * FROM {template}._sqlx_migrations")
}

async fn postgres(server: &Url) -> Url {
    /// The template's name, and the password of the role that the tests log in as.
    static TEMPLATE: OnceCell<(String, String)> = OnceCell::const_new();
    let (template, password) = TEMPLATE.get_or_init(|| postgres_template(server)).await;
    let name = new_name();
    let mut url = beside(server, &name);
    url.set_username(POSTGRES_ROLE).unwrap();
    url.set_password(Some(password)).unwrap();
    let options = PgConnectOptions::from_str(url.as_str()).unwrap();
    let mut conn = options.database("postgres").connect().await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
    raw_sql(AssertSqlSafe(create)).execute(&mut conn).await.unwrap();
    url
}

async fn postgres_template(server: &Url) -> (String, String) {
    let template = template_name("postgres");
    let options = PgConnectOptions::from_str(server.as_str()).unwrap();
    let mut admin = options.connect().await.unwrap();
    // One process at a time: nobody can copy a template that somebody is connected to.
    raw_sql("SELECT pg_advisory_lock(20260711)").execute(&mut admin).await.unwrap();
    let found: bool = query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&template)
        .fetch_one(&mut admin)
        .await
        .unwrap();
    if !found {
        raw_sql(AssertSqlSafe(format!("CREATE DATABASE {template}"))).execute(&mut admin).await.unwrap();
    }
    let mut conn: PgConnection = options.database(&template).connect().await.unwrap();
    upgrade(&mut conn, None, &Clock::system()).await.unwrap();
    conn.close().await.unwrap();
    let password = postgres_role(&mut admin, server).await;
    admin.close().await.unwrap();
    (template, password)
}

/// Makes the tests' own role, which owns what the administrator owns.
///
/// To log in by SCRAM costs the client 4,096 rounds of HMAC: a fifth of a second of a debug build, and a pool that opens
/// 16 connections at once would not get through in its time. They protect a password that people could guess. This one
/// is a hash of the administrator's URL, so one round will do; the server takes a verifier that was made so.
async fn postgres_role(admin: &mut PgConnection, server: &Url) -> String {
    let password = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(server.as_str()));
    let mac = |key: &[u8], text: &[u8]| {
        Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes()
    };
    // RFC 5802, section 3, with one iteration.
    let salt = *uuid::Uuid::new_v4().as_bytes();
    let salted = mac(password.as_bytes(), &[&salt[..], &1_u32.to_be_bytes()].concat());
    let stored_key = Sha256::digest(mac(&salted, b"Client Key"));
    let server_key = mac(&salted, b"Server Key");
    let [salt, stored_key, server_key] =
        [&salt[..], &stored_key, &server_key].map(|bytes| BASE64_STANDARD.encode(bytes));
    let owner = server.username();
    let make = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{POSTGRES_ROLE}') \
         THEN CREATE ROLE {POSTGRES_ROLE} LOGIN; END IF; END $$; \
         ALTER ROLE {POSTGRES_ROLE} CREATEDB PASSWORD 'SCRAM-SHA-256$1:{salt}${stored_key}:{server_key}'; \
         GRANT \"{owner}\" TO {POSTGRES_ROLE}"
    );
    raw_sql(AssertSqlSafe(make)).execute(admin).await.unwrap();
    password
}
