#![cfg(test)]
//! The built-in pages in a real browser, against a real node on SQLite.

#[path = "../support/app.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod app;
#[path = "../support/databases.rs"]
mod databases;
mod driver;
#[path = "../support/github.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod github;
mod looks;
#[path = "../support/programs.rs"]
mod programs;
mod provider;
mod refusals;
mod secrecy;
mod walks;

use std::time::Duration;

use serde_json::{Value, json};

use app::TestApp;
use databases::{Engine, TestDatabase};
use driver::Browser;

/// No test may hang. The slowest takes some ten seconds on two busy cores.
const LONGEST: Duration = Duration::from_mins(2);
/// No token that anybody was given, but it looks like one.
const TOKEN: &str = "ks1_a-token-that-nobody-gave-away";

/// A browser, and a node for it.
struct Visit {
    browser: Browser,
    app: TestApp,
    _database: TestDatabase,
}

impl Visit {
    /// Opens what a link leads to. From an empty page, because a browser loads nothing when the fragment alone is new.
    async fn open(&self, path: &str) {
        self.browser.open("about:blank").await;
        self.browser.open(&self.app.url(path)).await;
    }

    /// From the next page on its requests reach nobody, and are answered with this; without a status, not at all.
    async fn answer_all(&self, status: Option<u16>, headers: &Value, body: &Value) {
        let answer = match status {
            Some(status) => json!({ "status": status, "headers": headers }),
            None => Value::Null,
        };
        let body = if body.is_null() { Value::Null } else { json!(body.to_string()) };
        let stub = format!(
            "window.asked = []; window.fetch = async (path, options) => {{
                asked.push(path);
                const answer = {answer};
                if (!answer) throw new TypeError('Failed to fetch');
                return new Response({body}, answer);
            }};"
        );
        self.browser.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": stub })).await;
    }
}

async fn visit(settings: &[(&str, &str)], test: impl AsyncFnOnce(&Visit)) {
    let Some(browser) = Browser::start().await else { return };
    secrecy::listen();
    let database = TestDatabase::create(Engine::Sqlite).await.unwrap();
    let app = TestApp::spawn(&database.url, settings).await;
    let visit = Visit { browser, app, _database: database };
    tokio::time::timeout(LONGEST, test(&visit)).await.expect("the test hangs");
    let violations = visit.browser.run("return window.violations").await;
    assert!(violations == json!([]) || violations.is_null(), "{violations}");
    let complaints = visit.browser.log("browser").await.into_iter().filter(|line| line["level"] != "DEBUG");
    // The browser notes every answer of 400 and above; those are the tests' business.
    let complaints: Vec<_> = complaints.filter(|line| line["source"] != "network").collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    visit.app.node.stop().await;
}
