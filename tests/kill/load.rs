//! Mixed load that notes what is acknowledged, until the server is killed under it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ledger::{Ledger, PASSWORD, Session};
use crate::server::Server;

const CLIENTS: usize = 12;

/// Runs all clients, kills the server after `after`, and returns what they had been told by then.
pub async fn run_until_killed(server: Server, after: Duration) -> Ledger {
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client(server.http.clone(), server.url.clone()))).collect();
    tokio::time::sleep(after).await;
    drop(server);
    let mut ledger = Ledger::default();
    for client in clients {
        ledger.absorb(client.await.unwrap());
    }
    ledger
}

/// One client's life: register, sign in, refresh some times, sign out now and then; ends when nobody answers any more.
async fn client(http: reqwest::Client, url: String) -> Ledger {
    let mut ledger = Ledger::default();
    let ask = Ask { http: &http, url: &url };
    while !matches!(live(&ask, &mut ledger).await, Err(Cut::Gone)) {}
    ledger
}

/// What cuts a life short.
enum Cut {
    /// Nobody answers any more.
    Gone,
    /// A refusal, although everything that is asked here rests on what was acknowledged.
    Refused,
}

async fn live(ask: &Ask<'_>, ledger: &mut Ledger) -> Result<(), Cut> {
    let email = format!("{}@example.test", uuid::Uuid::now_v7());
    ask.post("/v1/register", None, &json!({ "email": email, "password": PASSWORD }), ledger).await?;
    ledger.accounts.push(email.clone());
    let login = ask.post("/v1/login", None, &json!({ "identifier": email, "password": PASSWORD }), ledger).await?;
    ledger.sessions.push(Session {
        refresh_token: text(&login, "refresh_token"),
        signed_out: false,
        signing_out: false,
    });
    let mut access_token = text(&login, "access_token");
    let place = ledger.sessions.len() - 1;
    for _ in 0..rand::random_range(0..8) {
        let body = json!({ "refresh_token": ledger.sessions[place].refresh_token });
        let next = ask.post("/v1/token/refresh", None, &body, ledger).await?;
        ledger.sessions[place].refresh_token = text(&next, "refresh_token");
        access_token = text(&next, "access_token");
    }
    if rand::random_bool(0.5) {
        ledger.sessions[place].signing_out = true;
        ask.post("/v1/logout", Some(&access_token), &json!({}), ledger).await?;
        ledger.sessions[place].signed_out = true;
    }
    Ok(())
}

struct Ask<'a> {
    http: &'a reqwest::Client,
    url: &'a str,
}

impl Ask<'_> {
    /// The answer, read to its end; only that counts as acknowledged.
    async fn post(&self, path: &str, token: Option<&str>, body: &Value, ledger: &mut Ledger) -> Result<Value, Cut> {
        let request = self.http.post(format!("{}{path}", self.url)).json(body);
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        let answer = request.send().await.map_err(|_| Cut::Gone)?;
        let status = answer.status();
        let body = answer.text().await.map_err(|_| Cut::Gone)?;
        if !status.is_success() {
            ledger.contradictions.push(format!("{path} was refused: {status} {body}"));
            return Err(Cut::Refused);
        }
        Ok(serde_json::from_str(&body).unwrap_or_default())
    }
}

fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer}")).to_owned()
}
