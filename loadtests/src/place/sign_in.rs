//! Signing people in before the measuring begins: each costs a hash, so it takes seconds for hundreds.

use std::ops::Range;
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use super::ServiceClient;
use super::people::{PASSWORD, name};
use crate::driver::addresses::address;
use crate::driver::line::{Answer, Line, Targets};
use crate::driver::request::{Request, With as _, post_form, post_json};
use crate::http::run_here;
use crate::numbers::cores;

/// Where the server is full, again after a while: so does a client that keeps to the contract.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(500);

/// What somebody holds who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub number: usize,
    pub access_token: String,
    pub refresh_token: String,
}

pub fn login(number: usize, password: &str) -> Request {
    post_json("/v1/login", &json!({ "identifier": name(number), "password": password })).on_behalf_of(address(number))
}

/// All of them, as many at once as there are hashers.
pub fn sign_in(targets: &Targets, people: Range<usize>) -> anyhow::Result<Vec<SignedIn>> {
    let people: Vec<usize> = people.collect();
    run_here(async {
        let mut lines: Vec<Line> = (0..cores()).map(|turn| Line::new(targets.clone(), turn)).collect();
        let mut all = Vec::with_capacity(people.len());
        for some in people.chunks(lines.len()) {
            let asked = some.iter().zip(&mut lines).map(|(&number, line)| one(line, number));
            for signed_in in join_all(asked).await {
                all.push(signed_in?);
            }
        }
        anyhow::Ok(all)
    })?
}

async fn one(line: &mut Line, number: usize) -> anyhow::Result<SignedIn> {
    let answer = patiently(line, login(number, PASSWORD)).await?;
    let (access_token, refresh_token) = (answer.text("access_token"), answer.text("refresh_token"));
    ensure!(!refresh_token.is_empty(), "no token for {}: {} {:?}", name(number), answer.status, answer.body);
    Ok(SignedIn { number, access_token, refresh_token })
}

async fn patiently(line: &mut Line, request: Request) -> anyhow::Result<Answer> {
    for _ in 0..TRIES {
        let answer = line.send(request.clone()).await.map_err(|why| anyhow!("no answer: {why:?}"))?;
        if answer.status != 503 {
            return Ok(answer);
        }
        sleep(PAUSE).await;
    }
    Err(anyhow!("the server is full, again and again"))
}

/// An access token of the service client's own.
pub fn token_of(targets: &Targets, client: &ServiceClient) -> anyhow::Result<String> {
    let request = post_form("/oauth2/token", &[("grant_type", "client_credentials")]).basic(&client.id, &client.secret);
    let answer = run_here(async { patiently(&mut Line::new(targets.clone(), 0), request).await })??;
    let token = answer.text("access_token");
    (!token.is_empty()).then_some(token).with_context(|| format!("no token for the service client: {:?}", answer.body))
}
