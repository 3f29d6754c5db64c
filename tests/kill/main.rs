#![cfg(test)]
//! `kill -9` of the server at random moments under mixed load: what was acknowledged is there afterwards.
//!
//! 20 rounds as a rule; `KILL_ROUNDS=200` for the full count. The control answers before COMMIT and must be caught.

mod ledger;
mod load;
#[path = "../support/rounds.rs"]
mod rounds;
#[path = "../support/server.rs"]
mod server;

use std::time::Duration;

use rounds::rounds;
use server::Server;

/// Rounds in which the control has to be caught; it loses something in nearly every one.
const CONTROL_ROUNDS: u64 = 20;

/// What does not fit with what was acknowledged.
#[derive(Debug, Default)]
struct Found {
    /// Seen after the kill and another start.
    lost: Vec<String>,
    /// Seen before it.
    contradictions: Vec<String>,
}

/// Starts, works, kills, starts again, and asks for every acknowledged fact, round after round.
async fn kill_again_and_again(rounds: u64, extra: &[&str], stop_at_first: bool) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let mut found = Found::default();
    let mut acknowledged = 0;
    for round in 0..rounds {
        let server = Server::start(folder.path(), extra, &[]).await;
        let ledger = load::run_until_killed(server, Duration::from_millis(rand::random_range(30..400))).await;
        acknowledged += ledger.len();
        let server = Server::start(folder.path(), &[], &[]).await;
        found.lost.extend(ledger.losses(&server).await.into_iter().map(|loss| format!("round {round}: {loss}")));
        found.contradictions.extend(ledger.contradictions);
        if stop_at_first && !found.lost.is_empty() {
            break;
        }
    }
    println!("at most {rounds} rounds, {acknowledged} facts acknowledged, {} lost", found.lost.len());
    assert!(acknowledged > 0, "the load did nothing");
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost() {
    let found = kill_again_and_again(rounds("KILL_ROUNDS", 20), &[], false).await;
    assert!(found.lost.is_empty() && found.contradictions.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answering_before_commit_is_caught() {
    let found = kill_again_and_again(CONTROL_ROUNDS, &["--control", "answer-before-commit"], true).await;
    assert!(!found.lost.is_empty(), "the control was not caught: this test proves nothing");
}
