//! What the log says of a request, and what it never says.

use std::io::Write;
use std::sync::{Arc, Mutex};

use actix_web::test::TestRequest;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use super::ask;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Paper {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

async fn lines_of(request: impl Fn() -> TestRequest, level: Level) -> Vec<String> {
    let paper = Paper::default();
    let subscriber = tracing_subscriber::fmt().json().with_max_level(level).with_writer(paper.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    // tracing asks a call site once whether anybody listens, and it may have been a test without a subscriber that came
    // by first. So: come by, have every site asked again, and only then look.
    ask(request()).await;
    tracing::callsite::rebuild_interest_cache();
    paper.0.lock().unwrap().clear();
    ask(request().insert_header(("x-request-id", "the-id"))).await;
    drop(guard);
    let written = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    written.lines().filter(|line| line.contains("keystead::http")).map(str::to_owned).collect()
}

#[actix_web::test]
async fn one_line_a_request_with_the_pattern_and_not_the_path() {
    let parent = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let path = "/v1/items/0190b6a0-0000-7000-8000-000000000000?token=canary";
    let request =
        || TestRequest::get().uri(path).insert_header(parent).insert_header(("authorization", "Bearer canary"));
    let lines = lines_of(request, Level::TRACE).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&line["fields"]["route"], &line["fields"]["status"]), (&"/v1/items/{id}".into(), &200.into()));
    assert_eq!((&line["span"]["request_id"], &line["span"]["method"]), (&"the-id".into(), &"GET".into()));
    assert_eq!(line["span"]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert!(line["fields"]["duration_us"].is_u64());
    assert!(!lines[0].contains("canary") && !lines[0].contains("0190b6a0"));
}

#[actix_web::test]
async fn a_cause_is_logged_once_with_the_request_id() {
    let causes = [
        ("/v1/fails", "disk 7 is gone"),
        ("/oauth2/panics", "the roof is on fire"),
        // Asked by machines: its span is made only now.
        ("/oauth2/introspect", "disk 7 is gone"),
    ];
    for (path, words) in causes {
        let lines = lines_of(|| TestRequest::get().uri(path), Level::ERROR).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(words) && lines[0].contains("the-id"), "{lines:?}");
        assert_eq!(lines_of(|| TestRequest::get().uri(path), Level::INFO).await.len(), 2);
    }
}
