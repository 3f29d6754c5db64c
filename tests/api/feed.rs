//! The feed of revocations: what wakes a reader, and that nobody misses anything.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::promptness::a_second;

on_each_database! {
    a_reader_on_another_node_wakes_within_a_second,
    nothing_is_missed_over_a_hundred_logouts,
    what_the_feed_refuses,
}

const SECOND: Duration = Duration::from_secs(1);

async fn reader(app: &TestApp) -> String {
    let (id, secret) = app.client("revocations:read").await;
    let form = [("grant_type", "client_credentials")];
    app.form("/oauth2/token", Some((&id, &secret)), &form).await.expect(200).str("access_token")
}

async fn a_reader_on_another_node_wakes_within_a_second(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let token = reader(&b).await;
    let mut cursor = b.get("/v1/revocations", Some(&token)).await.expect(200).str("next_cursor");
    let empty = b.get(&format!("/v1/revocations?since={cursor}"), Some(&token)).await.expect(200).json();
    assert_eq!(empty["items"], json!([]));
    for scope in ["this", "others", "all", "this"] {
        let login = a.signed_in().await;
        let (path, access) = (format!("/v1/revocations?since={cursor}&wait=25"), login.str("access_token"));
        let waiting = async { (b.get(&path, Some(&token)).await.expect(200), Instant::now()) };
        let ending = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            a.logout(&access, scope).await.expect(204);
            Instant::now()
        };
        let ((answer, heard), ended) = tokio::join!(waiting, ending);
        assert!(heard + Duration::from_millis(300) > ended, "it did not wait");
        assert!(heard.saturating_duration_since(ended) < a_second(), "{:?} for {scope}", heard - ended);
        let items = answer.json()["items"].clone();
        let user = login.json()["user"]["id"].clone();
        let item = items.as_array().unwrap().iter().find(|item| item["sub"] == user).unwrap().clone();
        assert_eq!(item["reason"], "signed_out");
        match scope {
            "this" => assert_eq!((&item["type"], &item["sid"]), (&json!("session_ended"), &login.json()["session_id"])),
            "others" => assert_eq!(item["except_sid"], login.json()["session_id"]),
            _ => assert_eq!((&item["type"], &item["except_sid"]), (&json!("user_sessions_ended"), &json!(null))),
        }
        assert!(["id", "at", "expires_at"].iter().all(|member| item[member].is_string()), "{item}");
        cursor = answer.str("next_cursor");
    }
    // Nothing happens: it waits as long as it was told, and comes back empty.
    let began = Instant::now();
    let quiet = b.get(&format!("/v1/revocations?since={cursor}&wait=1"), Some(&token)).await.expect(200);
    assert!(quiet.json()["items"].as_array().unwrap().is_empty() && began.elapsed() > SECOND / 2, "{}", quiet.text);
    a.node.stop().await;
    b.node.stop().await;
}

async fn nothing_is_missed_over_a_hundred_logouts(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let token = reader(&b).await;
    let mut cursor = b.get("/v1/revocations", Some(&token)).await.expect(200).str("next_cursor");
    let mut logins = Vec::new();
    for _ in 0..20 {
        logins.extend(join_all((0..5).map(|_| a.signed_in())).await);
    }
    let expected: BTreeSet<String> = logins.iter().map(|login| login.str("session_id")).collect();
    let ending = async {
        for (n, pair) in logins.chunks(2).enumerate() {
            // Two at once, from both nodes, then a pause of 0 to 36 ms.
            let (first, second) = (pair[0].str("access_token"), pair[1].str("access_token"));
            let (first, second) = tokio::join!(a.logout(&first, "this"), b.logout(&second, "this"));
            assert_eq!((first.status.as_u16(), second.status.as_u16()), (204, 204));
            tokio::time::sleep(Duration::from_millis((n * 7 % 37) as u64)).await;
        }
        Instant::now()
    };
    let reading = async {
        let (mut heard, mut ids) = (BTreeSet::new(), BTreeSet::new());
        while !expected.is_subset(&heard) {
            let page = b.get(&format!("/v1/revocations?since={cursor}&wait=2"), Some(&token)).await.expect(200);
            for item in page.json()["items"].as_array().unwrap() {
                heard.insert(item["sid"].as_str().unwrap().to_owned());
                ids.insert(item["id"].as_str().unwrap().to_owned());
            }
            cursor = page.str("next_cursor");
        }
        (Instant::now(), heard, ids)
    };
    let (ended, (complete, heard, ids)) = tokio::join!(ending, reading);
    assert!(complete.saturating_duration_since(ended) < a_second(), "{:?}", complete.saturating_duration_since(ended));
    assert_eq!((heard.len(), ids.len()), (100, 100), "an id is the name of one revocation");
    a.node.stop().await;
    b.node.stop().await;
}

async fn what_the_feed_refuses(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = reader(&app).await;
    let good = app.get("/v1/revocations", Some(&token)).await.expect(200).str("next_cursor");
    let cut = &good[1..];
    let far = "AQ".to_owned() + &"_".repeat(66);
    for query in [
        "since=x",
        "since=AAAA",
        &format!("since={cut}"),
        &format!("since={good}A"),
        &format!("since={far}"),
        "since=%20",
        "wait=26",
        "wait=-1",
        "wait=1.5",
        "wait=soon",
        "wait=18446744073709551616",
        "since=ks1_",
    ] {
        let answer = app.get(&format!("/v1/revocations?{query}"), Some(&token)).await;
        assert_eq!(answer.refusal(), (400, "invalid_field".into()), "{query}");
    }
    for query in ["limit=1", "since=&x=1", "Wait=1"] {
        let answer = app.get(&format!("/v1/revocations?{query}"), Some(&token)).await;
        assert_eq!(answer.refusal(), (400, "unknown_field".into()), "{query}");
    }
    for query in ["wait=1&wait=1", "since=%zz", "since=%00", "since=%ff"] {
        let answer = app.get(&format!("/v1/revocations?{query}"), Some(&token)).await;
        assert_eq!(answer.refusal(), (400, "malformed_query".into()), "{query}");
    }
    let person = app.signed_in().await.str("access_token");
    assert_eq!(app.get("/v1/revocations", Some(&person)).await.refusal(), (403, "permission_denied".into()));
    app.node.stop().await;
}
