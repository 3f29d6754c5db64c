//! The guide for moving from Flask, as it stands: its commands on a Flask application's database, its sign-in at the end.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, MySqlConnection, SqliteConnection};

use crate::import::{sign_in, with_database};
use crate::program::Program;
use crate::servers;

/// As an ORM makes them for SQLite and for MySQL alike. The hashes are those that Werkzeug 3 makes of the passwords by
/// default, and that Werkzeug 2 made.
const TABLES: &[&str] = &[
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(255) NOT NULL, hashed_password VARCHAR(255), \
     active BOOLEAN NOT NULL, created_at DATETIME, last_login DATETIME, mfa_secret VARCHAR(64), mfa_enabled BOOLEAN, \
     metadata TEXT, favourite_colour VARCHAR(20))",
    "INSERT INTO users VALUES (2, 'Ada@example.org', 'scrypt:32768:8:1$Xq3vT8mB1nK5tR7y$SCRYPT', TRUE, \
     '2021-02-03 04:05:06', '2024-05-06 07:08:09', NULL, FALSE, '{\"plan\": \"gold\"}', 'blue')",
    "INSERT INTO users VALUES (10, 'bob@example.org', 'pbkdf2:sha256:600000$wE2aS4dF6gH0jLpO$PBKDF2', TRUE, \
     '2022-02-03 04:05:06', NULL, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', TRUE, NULL, NULL)",
    "INSERT INTO users VALUES (11, 'gone@example.org', NULL, FALSE, '2023-02-03 04:05:06', NULL, NULL, NULL, 'null', NULL)",
    "INSERT INTO users VALUES (12, 'no address', NULL, TRUE, NULL, NULL, NULL, NULL, NULL, NULL)",
];
const ROLES: &[&str] = &[
    "CREATE TABLE roles (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(80) NOT NULL)",
    "CREATE TABLE user_roles (user_id INTEGER NOT NULL, role_id INTEGER NOT NULL, PRIMARY KEY (user_id, role_id))",
    "INSERT INTO roles VALUES (1, 'admin'), (2, 'editor')",
    "INSERT INTO user_roles VALUES (2, 1), (2, 2), (10, 2), (99, 2)",
];
const SCRYPT: &str = "853676a23c544ddb713fbc6188ac4acbc9779b98191f810c9f86b2434c986112\
     83a0f626d094700db7b0a1241c559ae0ca26ffd331eab08c3d24433502371265";
const PBKDF2: &str = "582d6b472f0a94d2c353884c84ee35b3c16cf155075269969649914a15106ca7";

fn statements(parts: &[&[&'static str]]) -> Vec<String> {
    parts.concat().into_iter().map(|sql| sql.replace("SCRYPT", SCRYPT).replace("PBKDF2", PBKDF2)).collect()
}

async fn flask_file(path: &Path, parts: &[&[&'static str]]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut file: SqliteConnection = options.connect().await.unwrap();
    for sql in statements(parts) {
        file.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    }
    file.close().await.unwrap();
}

/// The blocks of the guide that are to be run, line by line; a line that ends with `\` goes on.
fn guide() -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/moving-from-flask.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().replace("\\\n", " "));
    blocks.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn user(program: &Program, name: &str) -> Value {
    serde_json::from_str(&program.ok(&["users", "get", name, "--json"])).unwrap()
}

/// What both kinds of database come to.
fn everybody_is_here(program: &Program) {
    let ada = user(program, "ada@example.org");
    assert_eq!(ada["roles"], json!(["admin", "editor", "user"]));
    assert_eq!(ada["metadata"], json!({"plan": "gold", "imported_id": "2"}));
    assert_eq!((&ada["email"], &ada["email_verified"]), (&json!("Ada@example.org"), &json!(true)));
    assert_eq!(
        (&ada["created_at"], &ada["last_login"]),
        (&json!("2021-02-03T04:05:06.000Z"), &json!("2024-05-06T07:08:09.000Z"))
    );
    let bob = user(program, "bob@example.org");
    assert_eq!((&bob["roles"], &bob["mfa_enabled"]), (&json!(["editor", "user"]), &json!(true)));
    let gone = user(program, "gone@example.org");
    assert_eq!((&gone["active"], &gone["roles"]), (&json!(false), &json!(["user"])));
}

#[tokio::test]
async fn the_guide_ends_with_a_sign_in() {
    // Other tests keep the machine busy, and these hashes take their time.
    let program = Program::new().with("HASH_MAX_WAIT_MS", "9000");
    flask_file(&program.path("instance/app.db"), &[TABLES, ROLES]).await;
    let mut server = None;
    let mut signed_in = 0;
    for line in guide() {
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            ["keystead", "serve"] => {
                everybody_is_here(&program);
                server = Some(program.serve(&[]));
            }
            ["keystead", "import", rest @ ..] => {
                let ran = program.run(&[&["import"], rest].concat());
                assert_eq!(ran.code, 1, "one row is no account: {ran:?}");
                assert!(ran.out.contains("imported: 3\n") && ran.out.contains("line 4: email: "), "{ran:?}");
                assert!(ran.out.contains("editor") && ran.err.contains("favourite_colour"), "{ran:?}");
            }
            ["keystead", rest @ ..] => drop(program.ok(rest)),
            ["curl", ..] => {
                let body = line.split("-d '").nth(1).unwrap().trim_end_matches('\'');
                let body: Value = serde_json::from_str(body).unwrap();
                let (identifier, password) = (body["identifier"].as_str().unwrap(), body["password"].as_str().unwrap());
                let url = &server.as_ref().unwrap().url;
                let answer = sign_in(url, identifier, password).await.expect("the old password is good");
                assert_eq!(
                    (&answer["status"], &answer["user"]["roles"]),
                    (&json!("authenticated"), &json!(["admin", "editor", "user"]))
                );
                let bob = sign_in(url, "bob@example.org", "tr0ub4dor and three").await.unwrap();
                assert_eq!(bob["status"], "mfa_required", "{bob}");
                assert!(sign_in(url, identifier, "another horse").await.is_none());
                signed_in += 1;
            }
            _ => panic!("what is {line:?}?"),
        }
    }
    assert_eq!(signed_in, 1, "the guide signs somebody in");
    assert_eq!(server.unwrap().stop().code, 0);
}

#[tokio::test]
async fn an_application_without_roles_or_without_users_is_told_apart() {
    let program = with_database();
    flask_file(&program.path("plain.db"), &[TABLES]).await;
    let ran = program.run(&["import", "plain.db"]);
    assert!(ran.code == 1 && ran.out.starts_with("imported: 3\n"), "{ran:?}");
    assert_eq!(user(&program, "ada@example.org")["roles"], json!(["user"]));
    assert_eq!(user(&program, "ada@example.org")["email_verified"], false);
    flask_file(&program.path("other.db"), &[ROLES]).await;
    let ran = program.run(&["import", "other.db"]);
    assert!(ran.code == 1 && ran.err.contains("no table users"), "{ran:?}");
    fs::write(program.path("text.db"), "no database at all, but text that is long enough").unwrap();
    assert_eq!(program.run(&["import", "text.db"]).code, 1);
    assert!(!program.path("missing.db").exists() && program.run(&["import", "missing.db"]).code == 3);
    assert!(!program.path("missing.db").exists(), "what is read is not made");
}

#[tokio::test]
async fn an_application_on_mariadb_is_read_with_a_password_from_outside() {
    let Some(admin) = servers::server("TEST_MARIADB_URL") else { return };
    let (name, url) = servers::named(&admin);
    let mut conn = MySqlConnection::connect(&admin).await.unwrap();
    conn.execute(sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))).await.unwrap();
    let mut flask = MySqlConnection::connect(&url).await.unwrap();
    for sql in statements(&[TABLES, ROLES]) {
        flask.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    }
    let (login, place) = url.split_once("://").unwrap().1.rsplit_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    let source = format!("mysql://{user}@{place}");
    let program = with_database();
    let arguments = ["import", &source, "--email-verified", "--create-roles", "--password-stdin"];
    let wrong = program.run_with_input(&arguments, "hunter2\n");
    let ran = program.run_with_input(&arguments, &format!("{password}\n"));
    conn.execute(sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name}")))).await.unwrap();
    assert!(wrong.code == 1 && !wrong.err.contains("hunter2"), "{wrong:?}");
    assert!(ran.code == 1 && ran.out.starts_with("imported: 3\n") && ran.out.contains("line 4: email: "), "{ran:?}");
    everybody_is_here(&program);
}
