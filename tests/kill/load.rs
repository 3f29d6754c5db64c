//! Mixed load that notes what is acknowledged, until the server is killed under it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ledger::{Ledger, PASSWORD, Session};
use crate::server::Server;

const CLIENTS: usize = 12;

/// Runs all clients, kills the server after `after`, and returns what they had been told by then.
pub async fn run_until_killed(server: &mut Server, after: Duration) -> Ledger {
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client(server.http.clone(), server.url.clone()))).collect();
    tokio::time::sleep(after).await;
    server.kill();
    let mut ledger = Ledger::default();
    for client in clients {
        ledger.absorb(client.await.unwrap());
    }
    ledger
}

/// One client's life: register, sign in, refresh some times, sign out now and then; ends when nobody answers any more.
async fn client(http: reqwest::Client, url: String) -> Ledger {
    let mut ledger = Ledger::default();
    while live(&http, &url, &mut ledger).await.is_some() {}
    ledger
}

/// `None` as soon as an answer is missing.
async fn live(http: &reqwest::Client, url: &str, ledger: &mut Ledger) -> Option<()> {
    let email = format!("{}@example.test", uuid::Uuid::now_v7());
    post(http, url, "/v1/register", None, &json!({ "email": email, "password": PASSWORD })).await?;
    ledger.accounts.push(email.clone());
    let login = post(http, url, "/v1/login", None, &json!({ "identifier": email, "password": PASSWORD })).await?;
    ledger.sessions.push(Session {
        refresh_token: text(&login, "refresh_token"),
        signed_out: false,
        signing_out: false,
    });
    let mut access_token = text(&login, "access_token");
    let place = ledger.sessions.len() - 1;
    for _ in 0..rand::random_range(0..8) {
        let body = json!({ "refresh_token": ledger.sessions[place].refresh_token });
        let next = post(http, url, "/v1/token/refresh", None, &body).await?;
        ledger.sessions[place].refresh_token = text(&next, "refresh_token");
        access_token = text(&next, "access_token");
    }
    if rand::random_bool(0.5) {
        ledger.sessions[place].signing_out = true;
        post(http, url, "/v1/logout", Some(&access_token), &json!({})).await?;
        ledger.sessions[place].signed_out = true;
    }
    Some(())
}

/// The answer, read to its end; only that counts as acknowledged.
async fn post(http: &reqwest::Client, url: &str, path: &str, token: Option<&str>, body: &Value) -> Option<Value> {
    let request = http.post(format!("{url}{path}")).json(body);
    let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    let answer = request.send().await.ok()?;
    let status = answer.status();
    let body = answer.text().await.ok()?;
    assert!(status.is_success(), "{path}: {status} {body}");
    Some(serde_json::from_str(&body).unwrap_or_default())
}

fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer}")).to_owned()
}
