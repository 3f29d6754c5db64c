#![cfg(test)]
//! `kill -9` of the server at random moments under mixed load: what was acknowledged is there afterwards.
//!
//! 20 rounds as a rule; `KILL_ROUNDS=200` for the full count. The control answers before COMMIT and must be caught.

mod ledger;
mod load;
#[path = "../support/server.rs"]
mod server;

use std::time::Duration;

use server::{Server, whole_number_from_environment};

/// Rounds in which the control has to be caught; it loses something in nearly every one.
const CONTROL_ROUNDS: u64 = 20;

/// Starts, works, kills, starts again, and counts the acknowledged facts that are gone, for each round.
async fn losses(rounds: u64, extra: &[&str], stop_at_first: bool) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut lost = Vec::new();
    let mut acknowledged = 0;
    for round in 0..rounds {
        let mut server = Server::start(folder.path(), extra).await;
        let ledger = load::run_until_killed(&mut server, Duration::from_millis(rand::random_range(30..400))).await;
        drop(server);
        acknowledged += ledger.len();
        let server = Server::start(folder.path(), &[]).await;
        lost.extend(ledger.losses(&server).await.into_iter().map(|loss| format!("round {round}: {loss}")));
        drop(server);
        if stop_at_first && !lost.is_empty() {
            break;
        }
    }
    println!("{rounds} rounds, {acknowledged} facts acknowledged, {} lost", lost.len());
    assert!(acknowledged > rounds as usize, "the load did next to nothing");
    lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost() {
    let rounds = whole_number_from_environment("KILL_ROUNDS").unwrap_or(20);
    let lost = losses(rounds, &[], false).await;
    assert!(lost.is_empty(), "{lost:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answering_before_commit_is_caught() {
    let lost = losses(CONTROL_ROUNDS, &["--control", "answer-before-commit"], true).await;
    assert!(!lost.is_empty(), "the control was not caught: this test proves nothing");
}
