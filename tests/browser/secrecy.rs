//! The token reaches the API's body and nothing else, and opening a page asks for nothing.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use crate::driver::Browser;
use crate::{TOKEN, visit};

/// What the nodes of all tests have logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

static LOG: LazyLock<Log> = LazyLock::new(Log::default);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// From the first call on, everything that is logged of requests is kept.
pub fn listen() {
    let filter = EnvFilter::new("info,keystead=trace,actix_web=trace,actix_http=trace");
    let format = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| LOG.clone());
    // The other tests come later.
    let _listening_already = format.try_init();
}

/// Neither where the browser went, nor what it told of itself, nor what was logged holds any of these.
pub async fn hold_secret(browser: &Browser, secrets: &[&str]) {
    let (sent, headers) = requests(browser).await;
    let log = String::from_utf8_lossy(&LOG.0.lock().unwrap()).into_owned();
    assert!(sent.len() > 1 && headers.contains("User-Agent") && log.contains("/pages/"), "{sent:?}");
    for secret in secrets {
        assert!(sent.iter().all(|(_, url)| !url.contains(secret)), "{sent:?}");
        assert!(!headers.contains(secret), "{headers}");
        assert!(!log.contains(secret), "{:?}", log.lines().find(|line| line.contains(secret)));
    }
}

/// Method and URL of every request that the browser has sent since the last call, and their headers.
pub async fn requests(browser: &Browser) -> (Vec<(String, String)>, String) {
    let (mut sent, mut headers) = (Vec::new(), String::new());
    for entry in browser.log("performance").await {
        let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        let (kind, told) = (&event["message"]["method"], &event["message"]["params"]);
        if kind == "Network.requestWillBeSent" {
            let request = &told["request"];
            sent.push((request["method"].as_str().unwrap().to_owned(), request["url"].as_str().unwrap().to_owned()));
            headers.push_str(&request["headers"].to_string());
        } else if kind == "Network.requestWillBeSentExtraInfo" {
            headers.push_str(&told["headers"].to_string());
        }
    }
    sent.retain(|(_, url)| url.starts_with("http"));
    (sent, headers)
}

#[actix_web::test]
async fn opening_a_page_asks_for_nothing_but_the_page() {
    visit(&[], async |visit| {
        let pages =
            [("reset-password", "new password", Some("/v1/password/policy")), ("verify-email", "Confirm", None)];
        for (page, words, also) in pages {
            let path = format!("/pages/{page}");
            visit.open(&format!("{path}#token={TOKEN}")).await;
            visit.browser.until_it_says(words).await;
            assert_eq!(visit.browser.run("return location.href").await, visit.app.url(&path));
            let (sent, headers) = requests(&visit.browser).await;
            let expected =
                std::iter::once(path.as_str()).chain(also).map(|path| ("GET".to_owned(), visit.app.url(path)));
            assert_eq!(sent, expected.collect::<Vec<_>>());
            assert!(!headers.contains(TOKEN) && headers.contains("User-Agent"), "{headers}");
            // Neither back nor in what the page keeps is anything of it.
            let kept = visit.browser.run("return [localStorage.length, sessionStorage.length, document.cookie]").await;
            assert_eq!(kept, json!([0, 0, ""]));
        }
    })
    .await;
}
