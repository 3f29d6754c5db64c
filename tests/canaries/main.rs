#![cfg(test)]
//! B15: no secret in any log at the most talkative level there is, and none in a table. A test binary of its own, because
//! a process has one log.
//!
//! Mail is the one place where a link with a token may stand; a client's request is where it belongs anyway.

mod administration;
#[path = "../support/app.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod app;
mod credentials;
#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/github.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod github;
mod mail;
mod mailed;
#[path = "../support/outbox.rs"]
mod outbox;
#[path = "../support/people.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod people;
mod provider;
mod search;
#[path = "../support/smtp.rs"]
#[expect(dead_code, reason = "the mailer's own tests ask for more")]
mod smtp;
#[path = "../support/tables.rs"]
#[expect(dead_code, reason = "nothing is counted here")]
mod tables;
mod walk;
mod walker;

use std::io::Write;
use std::sync::{Arc, Mutex};

use app::TestApp;
use databases::{Engine, TestDatabase};
use keystead::http::routes::{ADMIN_ROUTES, APP_ROUTES, OPS_ROUTES};
use search::{Canary, Search, canary};
use tables::{dump, execute};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Everything that was logged, by every crate in the process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Planted in the log and in a table, to show that what is there is found.
const PLANTED: &str = "a-canary-that-must-be-found";

#[actix_web::test]
async fn no_secret_is_logged_at_trace_stored_or_shown() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let (mut canaries, mut leaks) = (Vec::new(), Vec::new());
    for engine in [Engine::Sqlite, Engine::MariaDb, Engine::Postgres] {
        let Some(database) = TestDatabase::create(engine).await else { continue };
        let mut here = walk::walk(&database).await;
        here.extend(credentials::credentials(&database).await);
        here.extend(administration::administration(&database).await);
        here.extend(mailed::mailed(&database).await);
        here.extend(provider::provider(&database).await);
        here.extend(mail::write_mail(&database).await);
        leaks.extend(stored(&database, &here).await);
        leaks.extend(shown(&database, &here).await);
        canaries.extend(here);
    }
    tracing::trace!("{PLANTED}");
    leaks.extend(logged(&log, &canaries));
    assert!(leaks.is_empty(), "{} found, first: {:?}", leaks.len(), leaks.first());
}

fn logged(log: &Log, canaries: &[Canary]) -> Vec<String> {
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().map(|line| (line, line.as_bytes())).collect();
    let paths = APP_ROUTES.iter().map(|(path, _)| path).chain(ADMIN_ROUTES.iter().map(|(path, _, _)| path));
    let routes = paths.map(|path| path.split('{').next().unwrap());
    for must in ["TRACE", "a mail was sent", "the mail server answered 550"].into_iter().chain(routes) {
        assert!(text.contains(must), "the log knows nothing of {must}");
    }
    let planted = Search::of([&canary("planted", PLANTED)]).through(lines.iter().copied());
    assert!(planted.iter().any(|leak| leak.contains("TRACE canaries:")), "{planted:?}");
    println!("{} secrets looked for in {} lines, {} bytes", canaries.len(), lines.len(), text.len());
    Search::of(canaries).through(lines)
}

/// What of it stands in a column of a table, or in what an SQLite file still holds of what is gone.
async fn stored(database: &TestDatabase, canaries: &[Canary]) -> Vec<String> {
    execute(database, &format!("UPDATE users SET display_name = '{PLANTED}'")).await;
    let mut places = dump(database).await;
    if let Some(path) = database.url.strip_prefix("sqlite://") {
        for file in [path.to_owned(), format!("{path}-wal")] {
            places.extend(std::fs::read(&file).map(|bytes| (file, bytes)));
        }
    }
    let places = places.iter().map(|(place, value)| (place.as_str(), value.as_slice()));
    let planted = Search::of([&canary("planted", PLANTED)]).through(places.clone());
    assert!(planted.iter().any(|leak| leak == "planted in users.display_name"), "{planted:?}");
    let secrets: Vec<_> = canaries.iter().filter(|canary| !canary.may_be_stored()).collect();
    println!("{} secrets looked for in {} values", secrets.len(), places.len());
    Search::of(secrets).through(places)
}

/// What of it anybody reads who asks without a token, on either listener: metrics are such a page.
async fn shown(database: &TestDatabase, canaries: &[Canary]) -> Vec<String> {
    let app = TestApp::spawn(&database.url, &[]).await;
    let mut places = Vec::new();
    for (listener, routes) in [(app.node.app_url(), APP_ROUTES), (app.node.ops_url(), OPS_ROUTES)] {
        for (path, _) in routes.iter().filter(|(_, methods)| methods.contains(&"get")) {
            let answer = app.send(app.http.get(format!("{listener}{path}"))).await;
            places.push(((*path).to_owned(), format!("{:?} {}", answer.headers, answer.text)));
        }
    }
    app.node.stop().await;
    let places = places.iter().map(|(place, text)| (place.as_str(), text.as_bytes()));
    let planted = Search::of([&canary("planted", "\"version\":")]).through(places.clone());
    assert_eq!(planted, ["planted in /version"]);
    Search::of(canaries).through(places)
}
