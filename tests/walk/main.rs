#![cfg(test)]
//! The walk in the README, executed as it is written, against the real binary on each database.

#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/server.rs"]
mod server;

use std::process::Command;

use databases::{Engine, TestDatabase};
use server::Server;

const README: &str = include_str!("../../README.md");
const MARK: &str = "<!-- walk:";

/// The block of shell that follows the mark.
fn walk() -> &'static str {
    let (_, after) = README.split_once(MARK).expect("the README has lost its mark");
    let (_, block) = after.split_once("```sh\n").expect("no block follows the mark");
    block.split_once("```").expect("the block does not end").0
}

async fn walks_on(engine: Engine) {
    let Some(database) = TestDatabase::create(engine).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[], &[("DATABASE_URL", &database.url), ("DB_TLS", "disabled")]).await;
    let mut shell = Command::new("bash");
    shell.args(["-eu", "-o", "pipefail", "-c", walk()]).current_dir(folder.path()).env("BASE", &server.url);
    // The server is another process, so nothing here has to go on meanwhile.
    let walked = shell.output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&walked.stdout), String::from_utf8_lossy(&walked.stderr));
    assert!(walked.status.success(), "{engine:?}: {said}\n{complained}");
    assert_eq!(said.matches("ada@example.com").count(), 2, "the account, made and looked at: {said}");
    assert_eq!(said.matches("\"session_revoked\"").count(), 2, "both tokens are refused: {said}");
}

#[tokio::test]
async fn the_walk_on_sqlite() {
    walks_on(Engine::Sqlite).await;
}

#[tokio::test]
async fn the_walk_on_mariadb() {
    walks_on(Engine::MariaDb).await;
}

#[tokio::test]
async fn the_walk_on_postgres() {
    walks_on(Engine::Postgres).await;
}

#[test]
fn the_block_is_found() {
    assert!(walk().starts_with("BASE=") && walk().contains("/v1/logout"));
}
