//! On the database servers: made where it is missing, refused where it is behind.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection};
use tokio::runtime::Runtime;

use crate::program::{Program, SECRET_KEY};

#[expect(clippy::disallowed_methods, reason = "scripts/with-databases tells by the environment where the servers are")]
pub fn server(variable: &str) -> Option<String> {
    let url = std::env::var(variable).ok();
    if url.is_none() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{variable} must be set when CI=true");
        eprintln!("skipped: {variable} is not set");
    }
    url
}

/// A name that nobody has, and the address with it in place of the administrators' database.
pub fn named(admin_url: &str) -> (String, String) {
    let name = format!("cli_{}", uuid::Uuid::new_v4().simple());
    let (before, after) = admin_url.split_once("://").unwrap();
    let host = after.split(['/', '?']).next().unwrap();
    let url = format!("{before}://{host}/{name}");
    (name, url)
}

fn from_nothing_to_a_server_and_back(url: &str) {
    let program = Program::new().with("DATABASE_URL", url).with("SECRET_KEY", SECRET_KEY);
    let ran = program.run(&["serve"]);
    assert!(ran.code == 3 && ran.err.contains("`keystead db init`"), "{ran:?}");
    let made = program.ok(&["db", "init"]);
    assert!(made.contains("database: made") && made.contains("role admin: made"), "{made}");
    assert!(program.ok(&["db", "init"]).contains("database: was there"));
    program.ok(&["clients", "create", "--name", "one"]);
    assert_eq!(program.run(&["clients", "create", "--name", "one"]).code, 4);
    let looked = program.ok(&["doctor"]);
    assert!(
        looked.contains("ok    database       answers, version ") && looked.contains("from the database's"),
        "{looked}"
    );

    program.ok(&["db", "downgrade", "--revision", "11", "--allow-data-loss"]);
    let ran = program.run(&["serve"]);
    assert!(ran.code == 5 && ran.err.contains("`keystead db upgrade`"), "{ran:?}");
    let server = program.serve(&["--migrate"]);
    assert_eq!(program.until_ready(&["--url", &server.url]), "ready\n");
    assert_eq!(server.stop().code, 0);
    assert_eq!(program.serve(&[]).stop().code, 0);
}

fn a_wrong_password_is_told(url: &str) {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (login, host) = rest.split_once('@').unwrap();
    let user = login.split(':').next().unwrap();
    let program = Program::new().with("DATABASE_URL", &format!("{scheme}://{user}:hunter2hunter2@{host}"));
    let ran = program.run(&["db", "status"]);
    assert!(ran.code == 6 && ran.err.contains("refuses the login") && !ran.err.contains("hunter2"), "{ran:?}");
}

/// Its panic comes back as an error, so that the database is dropped all the same.
fn walk(url: &str) -> std::thread::Result<()> {
    catch_unwind(|| {
        from_nothing_to_a_server_and_back(url);
        a_wrong_password_is_told(url);
    })
}

#[tokio::test]
async fn on_mariadb() {
    let Some(admin) = server("TEST_MARIADB_URL") else { return };
    let (name, url) = named(&admin);
    let mut conn = MySqlConnection::connect(&admin).await.unwrap();
    let walked = walk(&url);
    conn.execute(sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}")))).await.unwrap();
    walked.unwrap_or_else(|panic| resume_unwind(panic));
}

#[tokio::test]
async fn on_postgresql() {
    let Some(admin) = server("TEST_POSTGRES_URL") else { return };
    let (name, url) = named(&admin);
    let mut conn = PgConnection::connect(&admin).await.unwrap();
    let walked = walk(&url);
    conn.execute(sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))).await.unwrap();
    walked.unwrap_or_else(|panic| resume_unwind(panic));
}

/// A program on a new database of each server that there is.
pub fn on_each(walk: impl Fn(&Program)) {
    for (variable, drop) in [("TEST_MARIADB_URL", ""), ("TEST_POSTGRES_URL", " WITH (FORCE)")] {
        let Some(admin) = server(variable) else { continue };
        let (name, url) = named(&admin);
        let program = Program::new().with("DATABASE_URL", &url).with("SECRET_KEY", SECRET_KEY);
        let walked = catch_unwind(AssertUnwindSafe(|| walk(&program)));
        let sql = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}{drop}"));
        Runtime::new().unwrap().block_on(async {
            if variable == "TEST_MARIADB_URL" {
                MySqlConnection::connect(&admin).await.unwrap().execute(sqlx::raw_sql(sql)).await.unwrap();
            } else {
                PgConnection::connect(&admin).await.unwrap().execute(sqlx::raw_sql(sql)).await.unwrap();
            }
        });
        walked.unwrap_or_else(|panic| resume_unwind(panic));
    }
}
