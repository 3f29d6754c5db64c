//! Bytes from a generator, at every route, in every place: an answer or a closed connection, soon, and never a 500.

use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::exchange;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

on_each_database! {
    any_bytes_are_answered_or_hung_up_on,
}

const ROUTES: [(&str, &str); 15] = [
    ("POST", "/v1/setup"),
    ("POST", "/v1/register"),
    ("POST", "/v1/login"),
    ("POST", "/v1/token/refresh"),
    ("POST", "/v1/logout"),
    ("GET", "/v1/me"),
    ("PATCH", "/v1/me"),
    ("GET", "/v1/revocations"),
    ("POST", "/oauth2/token"),
    ("POST", "/oauth2/introspect"),
    ("POST", "/oauth2/revoke"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/version"),
];
const HEADERS: [&str; 14] = [
    "authorization",
    "content-type",
    "content-length",
    "transfer-encoding",
    "x-request-id",
    "traceparent",
    "x-forwarded-for",
    "forwarded",
    "user-agent",
    "origin",
    "expect",
    "connection",
    "host",
    "content-encoding",
];
/// Requests for each route.
const EACH: usize = 24;

fn header_value() -> impl Strategy<Value = Vec<u8>> {
    let near = prop_oneof![
        "(Bearer|Basic|bearer) [A-Za-z0-9._~+/=-]{0,200}",
        "(application/json|application/x-www-form-urlencoded)(; ?charset=[a-z0-9-]{0,8})?",
        "(chunked|identity|gzip|100-continue|close|keep-alive|[0-9]{1,25})",
        "for=[\"\\[\\]0-9a-f:._]{0,40}(, ?for=[0-9.]{1,20}){0,3}",
        "00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]",
    ];
    prop_oneof![
        near.prop_map(String::into_bytes),
        prop::collection::vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..=0xff, Just(9)], 0..100),
        prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let json = r#"([{}\[\],:]|"(email|password|identifier|token|refresh_token|scope|metadata)"|"\\u0000"|"a@b.c"|1e9|null| ){0,40}"#;
    let form = "((grant_type|token|client_id|client_secret|scope|refresh_token)=[%a-z0-9_.+-]{0,40}&?){0,6}";
    prop_oneof![prop_oneof![json, form].prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..300),]
}

fn request(method: &'static str, path: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let headers = prop::collection::vec((prop::sample::select(&HEADERS[..]), header_value()), 0..5);
    let query = prop_oneof![Just(String::new()), r"\?(since|wait|x|%[0-9a-z]{2})=[!-~]{0,80}", "[!-~]{0,40}"];
    (headers, body(), query, any::<bool>(), 0_u8..8).prop_map(move |(headers, body, query, typed, odd)| {
        let mut bytes = format!("{method} {path}{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n").into_bytes();
        if typed {
            let kind =
                if path.starts_with("/oauth2") { "application/x-www-form-urlencoded" } else { "application/json" };
            bytes.extend(format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len()).bytes());
        }
        for (name, value) in headers {
            bytes.extend([name.as_bytes(), b": ", &value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes.extend(body);
        // One in eight has a hole in it.
        if odd == 0 {
            let place = bytes.len() / 3;
            bytes.truncate(place);
        }
        bytes
    })
}

async fn any_bytes_are_answered_or_hung_up_on(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let mut answered = 0;
    for (method, path) in ROUTES {
        let strategy = request(method, path);
        let requests: Vec<_> = (0..EACH).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
        let all = requests.iter().map(async |bytes| {
            let text = exchange(&app, bytes).await;
            let is_fine = text.is_empty() || text.starts_with("HTTP/1.") && !text.contains("HTTP/1.1 5");
            assert!(is_fine, "{:?}\n{text}", String::from_utf8_lossy(bytes));
            usize::from(!text.is_empty())
        });
        answered += futures_util::future::join_all(all).await.into_iter().sum::<usize>();
    }
    assert!(answered > ROUTES.len() * EACH / 2, "most of it was close enough to HTTP: {answered}");
    app.get("/readyz", None).await.expect(200);
    app.signed_in().await;
    app.node.stop().await;
}
