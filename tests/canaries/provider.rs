//! Signing in with a provider: what goes through the browser, what the app keeps, what comes of it.

use serde_json::json;

use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::github::{Begun, Browser, CLIENT_SECRET, GitHub, Somebody};
use crate::search::{Canary, canary};
use crate::walker::Walker;

/// What must not be found afterwards. The state is none: alone it opens nothing, and the test's own client logs it.
pub async fn provider(database: &TestDatabase) -> Vec<Canary> {
    let github = GitHub::start().await;
    let app = TestApp::spawn(&database.url, &github.settings()).await;
    let (mut walker, mut browser, mona) = (Walker::new(&app), Browser::default(), Somebody::new());
    let begun = Begun::new();
    let code = browser.walk(&app, &github, &begun, &begun.start("github"), &mona).await;
    let tokens = exchange(&mut walker, &begun, &code).await;
    let access = tokens["access_token"].as_str().unwrap();
    for path in ["/v1/me/identities/github", "/v1/me/reauthenticate/github"] {
        let begun = Begun::new();
        let ticket = app.post(path, Some(access), &begun.wish()).await.expect(200).str("start_url");
        walker.canaries.push(canary("a ticket", ticket.rsplit_once("ticket=").unwrap().1));
        let code = browser.walk(&app, &github, &begun, &ticket, &mona).await;
        let done = exchange(&mut walker, &begun, &code).await;
        if done["status"] == "provider_ticket" {
            let body = json!({ "provider_ticket": done["provider_ticket"] });
            walker.post("/v1/me/reauthenticate", Some(access), body).await.expect(200);
        }
    }
    let mut canaries = walker.canaries;
    canaries.push(canary("the secret at the provider", CLIENT_SECRET));
    canaries.push(canary("the browser's key", browser.cookie.unwrap().split_once('=').unwrap().1));
    canaries.extend(github.tokens().iter().map(|token| canary("a token of the provider", token.as_str())));
    app.node.stop().await;
    github.stop().await;
    canaries
}

async fn exchange(walker: &mut Walker<'_>, begun: &Begun, code: &str) -> serde_json::Value {
    let body = json!({ "code": code, "code_verifier": begun.verifier });
    walker.canaries.push(canary("a code", code));
    walker.post("/v1/oauth/exchange", None, body).await.expect(200).json()
}
