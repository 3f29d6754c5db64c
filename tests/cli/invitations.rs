//! `invitations create`.

use serde_json::{Value, json};

use crate::program::Program;

const PASSWORD: &str = "correct horse battery staple";

async fn register(url: &str, email: &str, invitation: Option<&str>) -> u16 {
    let mut body = json!({ "email": email, "password": PASSWORD });
    if let Some(invitation) = invitation {
        body["invitation"] = invitation.into();
    }
    let asked = reqwest::Client::new().post(format!("{url}/v1/register")).json(&body);
    asked.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn what_was_printed_lets_one_person_register() {
    for registration in ["invite", "closed"] {
        one_person_registers(&Program::new().with("REGISTRATION", registration)).await;
    }
}

async fn one_person_registers(program: &Program) {
    program.ok(&["db", "init"]);
    let server = program.serve(&[]);
    let printed: Value = serde_json::from_str(&program.ok(&["invitations", "create", "--json"])).unwrap();
    assert!(printed["id"].is_string() && printed["expires_at"].is_string(), "{printed}");
    let invitation = printed["token"].as_str();
    assert_eq!(register(&server.url, "ada@example.test", None).await, 403);
    assert_eq!(register(&server.url, "ada@example.test", invitation).await, 201);
    assert_eq!(register(&server.url, "bob@example.test", invitation).await, 410);
    let printed = program.ok(&["invitations", "create"]);
    assert!(printed.starts_with("invitation: ks1_") && printed.contains("\nexpires_at: 2"), "{printed}");
}

#[tokio::test]
async fn one_that_is_mailed_is_shown_to_nobody_else() {
    let program = Program::new().with("REGISTRATION", "invite");
    program.ok(&["db", "init"]);
    let server = program.serve(&[]);
    let printed = program.ok(&["invitations", "create", "--email", "ada@example.test"]);
    assert!(printed.contains("goes out by mail") && !printed.contains("ks1_"), "{printed}");
    assert_eq!(register(&server.url, "ada@example.test", None).await, 403);
    let ran = program.run(&["invitations", "create", "--email", "no address"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[tokio::test]
async fn one_that_is_withdrawn_lets_nobody_in() {
    let program = Program::new().with("REGISTRATION", "invite");
    program.ok(&["db", "init"]);
    let server = program.serve(&[]);
    let made = |arguments: &[&str]| -> Value {
        let printed = program.ok(&[&["invitations", "create", "--json"], arguments].concat());
        serde_json::from_str(&printed).unwrap()
    };
    let (stays, goes) = (made(&["--email", "ada@example.test"]), made(&[]));
    let listed = program.ok(&["invitations", "list", "--json"]);
    let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> = listed.iter().map(|one| [&one["id"], &one["email"]]).collect();
    assert_eq!(seen, [[&goes["id"], &Value::Null], [&stays["id"], &json!("ada@example.test")]]);

    let id = goes["id"].as_str().unwrap();
    program.ok(&["invitations", "withdraw", id]);
    assert_eq!(register(&server.url, "bob@example.test", goes["token"].as_str()).await, 410);
    assert_eq!(program.run(&["invitations", "withdraw", id]).code, 3);
    let left = program.ok(&["invitations", "list"]);
    assert!(left.lines().count() == 1 && left.contains("ada@example.test") && !left.contains(id), "{left}");
}
