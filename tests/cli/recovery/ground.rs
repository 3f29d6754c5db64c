//! A database of a test's own, of any kind, that can be destroyed; and somebody who signs in at it.

use std::path::Path;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection};

use crate::program::{Program, SECRET_KEY, Server};
use crate::servers::{named, server};

pub const PASSWORD: &str = "three plain words";
pub const EMAIL: &str = "root@example.com";

#[derive(Clone, Debug)]
pub enum Ground {
    File,
    MariaDb { admin: String, name: String, url: String },
    Postgres { admin: String, name: String, url: String },
}

impl Ground {
    /// `None`, with a line that says so, where there is no such server.
    pub fn mariadb() -> Option<Self> {
        let admin = server("TEST_MARIADB_URL")?;
        let (name, url) = named(&admin);
        Some(Self::MariaDb { admin, name, url })
    }

    pub fn postgres() -> Option<Self> {
        let admin = server("TEST_POSTGRES_URL")?;
        let (name, url) = named(&admin);
        Some(Self::Postgres { admin, name, url })
    }

    pub fn program(&self) -> Program {
        // Who issued a token is the same after a new start on another port.
        let program = Program::new()
            .with("PUBLIC_URL", "http://localhost:8080")
            .with("SECRET_KEY", SECRET_KEY)
            .with("THROTTLE", "off")
            .with("PATH", "/usr/bin:/bin");
        match self {
            Self::File => program,
            Self::MariaDb { url, .. } | Self::Postgres { url, .. } => program.with("DATABASE_URL", url),
        }
    }

    /// The database is gone, as after a fire.
    pub async fn destroy(&self, program: &Program) {
        match self {
            Self::File => {
                for end in ["", "-wal", "-shm"] {
                    let _was_not_there = std::fs::remove_file(program.path(&format!("data/keystead.db{end}")));
                }
            }
            Self::MariaDb { admin, name, .. } => {
                let mut conn = MySqlConnection::connect(admin).await.unwrap();
                conn.execute(sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}")))).await.unwrap();
            }
            Self::Postgres { admin, name, .. } => {
                let mut conn = PgConnection::connect(admin).await.unwrap();
                let drop = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                conn.execute(sqlx::raw_sql(drop)).await.unwrap();
            }
        }
    }
}

/// With the schema, the roles and one administrator.
pub fn begin(program: &Program) {
    program.ok(&["db", "init"]);
    let made = program.run_with_input(&["db", "create-admin", "--email", EMAIL, "--password-stdin"], PASSWORD);
    assert_eq!(made.code, 0, "{made:?}");
}

pub async fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let call = reqwest::Client::new().post(format!("{}{path}", server.url)).header("Content-Type", "application/json");
    let answer = call.body(body.to_string()).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}

pub async fn sign_in(server: &Server) -> Value {
    let (status, answer) = post(server, "/v1/login", &json!({ "identifier": EMAIL, "password": PASSWORD })).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The status of a refresh with what a sign-in gave.
pub async fn refreshed(server: &Server, signed_in: &Value) -> u16 {
    post(server, "/v1/token/refresh", &json!({ "refresh_token": signed_in["refresh_token"] })).await.0
}

/// The status of a look at oneself with the access token.
pub async fn seen(server: &Server, signed_in: &Value) -> u16 {
    let token = signed_in["access_token"].as_str().unwrap();
    let call = reqwest::Client::new().get(format!("{}/v1/me", server.url)).bearer_auth(token);
    call.send().await.unwrap().status().as_u16()
}

/// The one object that a command prints.
pub fn object(program: &Program, arguments: &[&str]) -> Value {
    serde_json::from_str(&program.ok(arguments)).unwrap()
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
