#![cfg(test)]
//! The walk in the README and the guide in docs/api.md, executed as they are written, against the real binary.

#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/programs.rs"]
mod programs;
#[path = "../support/server.rs"]
mod server;

use std::process::Command;

use databases::{Engine, TestDatabase};
use programs::are_installed;
use server::Server;

const README: &str = include_str!("../../README.md");
const MARK: &str = "<!-- walk:";
const GUIDE: &str = include_str!("../../docs/api.md");
/// What the blocks call.
const TOOLS: &[&str] = &["bash", "curl", "jq", "oathtool", "python3", "timeout"];
/// What waits in a walk (for mail) waits for ever when it does not come.
const LONGEST_SECONDS: &str = "60";

/// The block of shell that follows the mark.
fn walk() -> &'static str {
    let (_, after) = README.split_once(MARK).expect("the README has lost its mark");
    let (_, block) = after.split_once("```sh\n").expect("no block follows the mark");
    block.split_once("```").expect("the block does not end").0
}

/// All blocks of the guide: one shell runs them, as a reader's would.
fn guide() -> String {
    let blocks = GUIDE.split("```sh\n").skip(1).map(|block| block.split_once("```").expect("a block does not end").0);
    blocks.collect()
}

/// What the shell prints on its way through, in a folder of its own with a server in it.
async fn walk_through(text: &str, engine: Engine, settings: &[(&str, &str)]) -> Option<String> {
    if !are_installed(TOOLS) {
        return None;
    }
    let database = TestDatabase::create(engine).await?;
    let folder = tempfile::tempdir().unwrap();
    let fixed = [("DATABASE_URL", database.url.as_str()), ("DB_TLS", "disabled")];
    let server = Server::start(folder.path(), &[], &[&fixed[..], settings].concat()).await;
    let mut shell = Command::new("timeout");
    shell.args([LONGEST_SECONDS, "bash", "-eu", "-o", "pipefail", "-c", text]);
    // The server is another process, so nothing here has to go on meanwhile.
    let walked = shell.current_dir(folder.path()).env("BASE", &server.url).output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&walked.stdout), String::from_utf8_lossy(&walked.stderr));
    assert!(walked.status.success(), "{engine:?}: {said}\n{complained}");
    Some(said.into_owned())
}

async fn walks_on(engine: Engine) {
    let Some(said) = walk_through(walk(), engine, &[]).await else { return };
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

#[tokio::test]
async fn the_guide() {
    // Where they are beside a database that nothing was said of.
    let settings = [("EMAIL_VERIFICATION", "optional"), ("MAIL_DIR", "data/mail")];
    let said = walk_through(&guide(), Engine::Sqlite, &settings).await;
    let Some(said) = said else { return };
    let problems: Vec<_> = said.split("urn:keystead:problem:").skip(1).collect();
    let [refused] = problems.as_slice() else { panic!("{said}") };
    assert!(refused.starts_with("session_revoked"), "what a reset ends: {said}");
    assert_eq!(said.matches("\"acceptable\":false").count(), 1, "a password that is tried first: {said}");
}
