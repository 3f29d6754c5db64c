//! `keys list` and `keys rotate`, beside a server.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Program, Server};

const PASSWORD: &str = "three plain words";
/// A server reads the keys anew every five seconds.
const READ_AGAIN: Duration = Duration::from_secs(15);

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

async fn signed_in(server: &Server) -> Value {
    let body = json!({ "identifier": "root@example.com", "password": PASSWORD });
    let asked = reqwest::Client::new().post(format!("{}/v1/login", server.url)).json(&body);
    asked.send().await.unwrap().json().await.unwrap()
}

async fn status(server: &Server, token: &Value) -> u16 {
    let asked = reqwest::Client::new().get(format!("{}/v1/me", server.url)).bearer_auth(token.as_str().unwrap());
    asked.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn after_a_theft_no_token_of_the_stolen_key_is_good_and_nobody_is_signed_out() {
    let program = Program::new();
    let server = program.serve(&[]);
    let admin = ["db", "create-admin", "--email", "root@example.com", "--password-stdin"];
    assert_eq!(program.run_with_input(&admin, PASSWORD).code, 0);
    let before = signed_in(&server).await;
    assert_eq!(status(&server, &before["access_token"]).await, 200);
    // One more that waits for its ten minutes: nobody knows which of them was stolen.
    let waits = lines(&program.ok(&["keys", "rotate", "--json"])).remove(0);
    assert_eq!((&waits["is_new"], &waits["key"]["state"]), (&json!(true), &json!("published")));

    let would = lines(&program.ok(&["keys", "rotate", "--now", "--dry-run", "--json"])).remove(0);
    assert_eq!(would["retired"].as_array().unwrap().len(), 2);
    assert_eq!(lines(&program.ok(&["keys", "list", "--json"])).len(), 2, "nothing was done");
    let done = lines(&program.ok(&["keys", "rotate", "--now", "--yes", "--json"])).remove(0);
    assert_eq!((&done["key"]["state"], &done["retired"]), (&json!("signing"), &would["retired"]));
    let states: Vec<_> =
        lines(&program.ok(&["keys", "list", "--json"])).iter().map(|key| key["state"].clone()).collect();
    assert_eq!(states, ["signing", "retired", "retired"]);

    let began = Instant::now();
    while status(&server, &before["access_token"]).await != 401 {
        assert!(began.elapsed() < READ_AGAIN, "the stolen key is still believed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let body = json!({ "refresh_token": before["refresh_token"] });
    let asked = reqwest::Client::new().post(format!("{}/v1/token/refresh", server.url)).json(&body);
    let after: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(status(&server, &after["access_token"]).await, 200, "{after}");
    let jwks = reqwest::get(format!("{}/.well-known/jwks.json", server.url)).await.unwrap().text().await.unwrap();
    assert!(done["retired"].as_array().unwrap().iter().all(|kid| !jwks.contains(kid.as_str().unwrap())), "{jwks}");

    let trail = lines(&program.ok(&["audit", "search", "--action", "key.retired"]));
    assert_eq!((trail.len(), &trail[0]["actor"]["kind"]), (2, &json!("operator")));
    let kids: Vec<_> = done["retired"].as_array().unwrap().iter().map(|kid| kid.as_str().unwrap()).collect();
    assert!(kids.iter().all(|kid| trail[0]["detail"]["kids"].as_str().unwrap().contains(kid)), "{trail:?}");
}
