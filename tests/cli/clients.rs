//! `clients …` and `tokens sweep`.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use crate::program::Program;

/// A server has heard of what was done beside it; a client that it knows it asks for again after a second.
const A_SECOND: Duration = Duration::from_millis(1_500);

#[tokio::test]
async fn a_client_gets_tokens_with_what_was_printed() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    let arguments = ["clients", "create", "--json", "--name", "mailer", "--permission", "users:read"];
    let printed = program.ok(&[&arguments[..], &["--permission", "mail:*"]].concat());
    let client: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(client["permissions"], json!(["mail:*", "users:read"]));

    let server = program.serve(&[]);
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let asked = reqwest::Client::new().post(format!("{}/oauth2/token", server.url)).basic_auth(id, Some(secret));
    let answer = asked.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
    let token: Value = answer.json().await.unwrap();
    assert_eq!(token["scope"], "mail:* users:read", "{token}");
}

/// Named by its name or its id; what the command line does, a running server goes by within a second.
#[tokio::test]
async fn a_client_is_looked_at_gets_another_secret_and_goes() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    let json = |text: String| -> Value { serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}")) };
    let made = json(program.ok(&["clients", "create", "--json", "--name", "mailer", "--permission", "mail:*"]));
    let id = made["client_id"].as_str().unwrap();
    let seen = json(program.ok(&["clients", "get", "mailer", "--json"]));
    assert_eq!((&seen["id"], &seen["permissions"]), (&json!(id), &json!(["mail:*"])));
    assert_eq!(json(program.ok(&["clients", "get", id, "--json"])), seen);
    assert_eq!(json(program.ok(&["clients", "list", "--json"])), seen);

    let server = program.serve(&[]);
    let asks = async |secret: &Value| {
        let secret = secret.as_str().unwrap();
        let asked = reqwest::Client::new().post(format!("{}/oauth2/token", server.url)).basic_auth(id, Some(secret));
        asked.form(&[("grant_type", "client_credentials")]).send().await.unwrap().status().as_u16()
    };
    let old = &made["client_secret"];
    assert_eq!(asks(old).await, 200);
    let dry = json(program.ok(&["clients", "rotate-secret", "mailer", "--dry-run", "--json"]));
    assert_eq!((&dry["dry_run"], asks(old).await), (&json!(true), 200));
    let rotated = json(program.ok(&["clients", "rotate-secret", "mailer", "--yes", "--json"]));
    tokio::time::sleep(A_SECOND).await;
    assert_eq!((asks(old).await, asks(&rotated["client_secret"]).await), (401, 200));
    assert!(program.ok(&["clients", "delete", id, "--dry-run"]).contains("would delete mailer"));
    assert_eq!(asks(&rotated["client_secret"]).await, 200, "nothing was done");
    program.ok(&["clients", "delete", id, "--yes"]);
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(asks(&rotated["client_secret"]).await, 401);
    assert_eq!(program.run(&["clients", "get", "mailer"]).code, 3);
    let trail = program.ok(&["audit", "search", "--user", id]);
    for action in ["client.created", "client.secret_rotated", "client.deleted"] {
        assert!(trail.contains(&format!("\"action\":\"{action}\"")), "{action}: {trail}");
    }
}

#[test]
fn names_are_taken_once_and_mistakes_are_told() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    let printed = program.ok(&["clients", "create", "--name", "one"]);
    assert!(printed.contains("client_id: ") && printed.contains("\nclient_secret: ksc_"), "{printed}");
    let ran = program.run(&["clients", "create", "--name", "one"]);
    assert!(ran.code == 4 && ran.err.contains("of that name"), "{ran:?}");
    let long = "x".repeat(129);
    for arguments in [["--name", ""], ["--name", " one"], ["--name", "a\nb"], ["--name", &long], ["--permission", "a"]]
    {
        let ran = program.run(&[&["clients", "create"][..], &arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
    }
}

/// Invitations that expired long ago, by the hands of the database.
#[tokio::test]
async fn a_dry_run_says_what_a_sweep_then_does() {
    let program = Program::new();
    program.ok(&["db", "init"]);
    for _ in 0..3 {
        program.ok(&["invitations", "create"]);
    }
    let path = program.path("data/keystead.db");
    let mut conn = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    conn.execute("UPDATE one_time_tokens SET expires_at = 1").await.unwrap();
    conn.close().await.unwrap();
    let would = program.ok(&["tokens", "sweep", "--dry-run"]);
    assert!(would.starts_with("would sweep: 0 sessions, 0 revocations, 3 one-time tokens"), "{would}");
    assert_eq!(program.ok(&["tokens", "sweep", "--dry-run"]), would);
    assert_eq!(program.ok(&["tokens", "sweep"]), would.replace("would sweep", "swept"));
    assert!(program.ok(&["tokens", "sweep", "--dry-run"]).contains("0 one-time tokens"));
}

#[test]
fn a_sweep_says_what_it_did_beside_a_server_too() {
    let program = Program::new();
    let _server = program.serve(&[]);
    assert_eq!(
        program.ok(&["tokens", "sweep"]),
        "swept: 0 sessions, 0 revocations, 0 one-time tokens, 0 mails, 0 counts of failures\n"
    );
}
