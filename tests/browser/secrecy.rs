//! The token reaches the API's body and nothing else, and opening a page asks for nothing.

use serde_json::{Value, json};

use crate::driver::Browser;
use crate::{TOKEN, visit};

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
