//! Signing in with a provider: what it leads to, and what nobody gets by it who did not begin it.

mod attacks;
mod certified;
mod dance;
mod examples;
mod nodes;
mod own;

use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::github::GitHub;

/// A node, and the provider that people sign in to it with. `more` wins.
async fn spawn(database: &TestDatabase, more: &[(&str, &str)]) -> (TestApp, GitHub) {
    let github = GitHub::start().await;
    let app = TestApp::spawn(&database.url, &[&github.settings()[..], more].concat()).await;
    (app, github)
}
