#![cfg(test)]
//! The actors, by message.

#[path = "../support/app.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod app;
mod audit;
#[path = "../support/certificates.rs"]
mod certificates;
#[path = "../support/databases.rs"]
mod databases;
mod hasher;
mod mailer;
mod oauth;
#[path = "../support/outbox.rs"]
mod outbox;
mod panics;
#[path = "../support/providers.rs"]
mod providers;
#[path = "../support/rounds.rs"]
mod rounds;
#[path = "../support/smtp.rs"]
mod smtp;
#[path = "../support/stand_in.rs"]
mod stand_in;
mod sweeper;

use std::time::Duration;

/// Waits for what other tasks and threads bring about.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} has not come true within 20 s");
}
