//! `clients create` and `tokens sweep`.

use serde_json::{Value, json};

use crate::program::Program;

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

#[test]
fn a_sweep_says_what_it_did_beside_a_server_too() {
    let program = Program::new();
    let _server = program.serve(&[]);
    assert_eq!(program.ok(&["tokens", "sweep"]), "swept: 0 sessions, 0 revocations, 0 one-time tokens, 0 mails\n");
}
