//! The first administrator, by the token in a file.

use serde_json::{Value, json};

use crate::program::Program;

async fn post(url: &str, body: &Value) -> (u16, Value) {
    let sent = reqwest::Client::new().post(url).header("Content-Type", "application/json").body(body.to_string());
    let answer = sent.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_token_is_good_once_and_is_never_printed() {
    let program = Program::new();
    let server = program.serve(&[]);
    let file = program.path("data/setup.token");
    let url = format!("{}/v1/setup", server.url);
    let mut input = json!({"token": until_there(&file), "email": "first@example.com", "password": "three plain words"});
    assert_eq!(post(&url, &input).await.0, 201);
    input["email"] = "second@example.com".into();
    let (status, problem) = post(&url, &input).await;
    assert_eq!((status, &problem["code"]), (410, &"token_spent".into()), "{problem}");

    let ran = server.stop();
    assert!(ran.out.contains("data/setup.token") && ran.out.contains("keystead db create-admin"), "{ran:?}");
    let token = input["token"].as_str().unwrap();
    assert!(!ran.out.contains(token) && !ran.err.contains(token), "{ran:?}");

    let again = program.serve(&[]).stop();
    assert!(!again.out.contains("no administrator"), "{again:?}");
    assert!(!file.exists(), "a token that is of no more use lies about");
}

#[tokio::test]
async fn each_start_offers_a_new_token_and_the_old_one_is_dead() {
    let program = Program::new();
    let server = program.serve(&[]);
    let file = program.path("data/setup.token");
    let old = until_there(&file);
    server.stop();
    let server = program.serve(&[]);
    let began = std::time::Instant::now();
    while until_there(&file) == old {
        assert!(began.elapsed().as_secs() < 10, "the token stays the same");
    }
    let input = json!({"token": old, "email": "first@example.com", "password": "three plain words"});
    assert_eq!(post(&format!("{}/v1/setup", server.url), &input).await.0, 410);
}

/// The file is written after the server says where it listens.
fn until_there(file: &std::path::Path) -> String {
    let began = std::time::Instant::now();
    loop {
        if let Ok(token) = std::fs::read_to_string(file) {
            return token;
        }
        assert!(began.elapsed().as_secs() < 10, "there is no {}", file.display());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
