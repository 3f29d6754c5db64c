//! The same over HTTP: `/v1/token/refresh`, for information. What it costs beyond the rotation is mostly its signature.

#![expect(clippy::expect_used, reason = "a benchmark whose node does not answer has nothing to say")]

use std::time::Duration;

use serde_json::{Value, json};

use crate::load::{Client, closed_loop};
use crate::node::{Accounts, post_json};
use crate::ratio::spread;

const CLIENTS: usize = 64;
const ROUNDS: usize = 5;
const SLICE: Duration = Duration::from_secs(1);

pub fn run() {
    let accounts = Accounts::register(CLIENTS);
    let mut clients: Vec<_> =
        accounts.signed_in("refresh_token").iter().map(|token| Refresher(request(token))).collect();
    let rates: Vec<f64> = (0..ROUNDS).map(|_| closed_loop(accounts.server(), &mut clients, SLICE).rate).collect();
    println!("  over HTTP, {CLIENTS} clients, the generator on the same cores: {} refreshes/s", spread(&rates, 0));
}

/// Shows the token that it was given last.
struct Refresher(Vec<u8>);

impl Client for Refresher {
    fn request(&self) -> &[u8] {
        &self.0
    }

    fn hear(&mut self, _: &[u8], body: &[u8]) {
        let answer: Value = serde_json::from_slice(body).expect("an answer in JSON");
        self.0 = request(answer["refresh_token"].as_str().expect("a token"));
    }
}

fn request(token: &str) -> Vec<u8> {
    post_json("/v1/token/refresh", &json!({ "refresh_token": token }))
}
