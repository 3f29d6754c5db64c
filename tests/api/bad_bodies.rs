//! Bodies that nobody should send: each gets a clear refusal, and none a 500.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::exchange;

on_each_database! {
    every_field_of_every_wrong_type,
    text_that_no_database_can_keep,
    what_is_no_json_or_too_much_of_it,
}

/// Every body of the app plane, with all its fields.
fn bodies() -> [(Method, &'static str, Value); 6] {
    let all = json!({ "email": "x@example.test", "password": PASSWORD, "username": "u1234567",
        "display_name": "d", "metadata": {} });
    [
        (Method::POST, "/v1/setup", json!({ "token": "ks1_x", "email": "x@example.test", "password": PASSWORD })),
        (Method::POST, "/v1/register", all),
        (Method::POST, "/v1/login", json!({ "identifier": "x", "password": PASSWORD, "device_token": "x" })),
        (Method::POST, "/v1/token/refresh", json!({ "refresh_token": "ksr_x" })),
        (Method::POST, "/v1/logout", json!({ "scope": "others" })),
        (Method::PATCH, "/v1/me", json!({ "username": "u1234567", "display_name": "d", "metadata": {} })),
    ]
}

async fn every_field_of_every_wrong_type(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = app.signed_in().await.str("access_token");
    let send = async |method: &Method, path: &str, body: &Value| {
        app.send(app.request(method.clone(), path, Some(&token)).json(body)).await
    };
    for (method, path, body) in bodies() {
        let mut with_more = body.clone();
        for name in ["admin", "role", "id", "Password", "__proto__", "user_id", ""] {
            with_more[name] = json!("x");
            let refused = send(&method, path, &with_more).await;
            assert_eq!(refused.refusal(), (400, "unknown_field".into()), "{path} {name}");
            with_more.as_object_mut().unwrap().remove(name);
        }
        for field in body.as_object().unwrap().keys() {
            for wrong in [json!(7), json!(-1.5e300), json!(true), json!([]), json!(["a"]), json!({ "a": 1 })] {
                let mut one_wrong = body.clone();
                one_wrong[field] = wrong.clone();
                let refused = send(&method, path, &one_wrong).await;
                // `metadata` may be any object; whether a value fits there is said with 422.
                let expected: &[u16] = if field == "metadata" { &[200, 201, 409, 422] } else { &[400] };
                assert!(expected.contains(&refused.status.as_u16()), "{path} {field} {wrong}: {}", refused.text);
            }
        }
        for whole in [json!(null), json!([]), json!("x"), json!(1), json!([body.clone()])] {
            assert_eq!(send(&method, path, &whole).await.refusal(), (400, "invalid_field".into()), "{path} {whole}");
        }
    }
    app.get("/v1/me", Some(&token)).await.expect(200);
    app.node.stop().await;
}

async fn text_that_no_database_can_keep(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("THROTTLE", "off")]).await;
    let token = app.signed_in().await.str("access_token");
    let texts = [
        "\0",
        "a\0b",
        "abc\0",
        "\u{fffe}\u{ffff}",
        "\u{10ffff}",
        "\u{202e}abc",
        "\u{7f}",
        "\r\n",
        "'; DROP TABLE users;--",
        "%00",
        "\\0",
        "\\",
        "\u{1}",
        "😀😀😀",
        "e\u{301}\u{301}\u{301}",
        "\u{fdfa}\u{fdfa}\u{fdfa}",
    ];
    for (method, path, body) in bodies() {
        for field in body.as_object().unwrap().keys() {
            for text in texts {
                let mut odd = body.clone();
                odd[field] = if field == "metadata" { json!({ text: [text] }) } else { json!(text) };
                let answer = app.send(app.request(method.clone(), path, Some(&token)).json(&odd)).await;
                let status = answer.status.as_u16();
                let expected = [200, 201, 400, 401, 409, 410, 422];
                assert!(expected.contains(&status), "{path} {field} {text:?}: {}", answer.text);
                if text.contains('\0') && field != "password" {
                    assert!(status >= 400, "{path} {field} {text:?}: {}", answer.text);
                }
            }
        }
    }
    // What is written in escapes comes back as it was, and a password may be anything.
    for text in ["\u{fffe}\u{ffff}", "\u{10ffff}", "'; DROP TABLE users;--", "\\", "😀😀😀", "\u{1}"] {
        let change = json!({ "metadata": { text: text } });
        let me = app.patch("/v1/me", Some(&token), &change).await.expect(200);
        assert_eq!(me.json()["metadata"], change["metadata"]);
    }
    let (email, password) = (new_email(), "\0 with a \u{10ffff} and a \u{1}\0");
    app.post("/v1/register", None, &json!({ "email": email, "password": password })).await.expect(201);
    let right = json!({ "identifier": email, "password": password });
    app.post("/v1/login", None, &right).await.expect(200);
    let cut = json!({ "identifier": email, "password": "\0 with a \u{10ffff} and a \u{1}" });
    app.post("/v1/login", None, &cut).await.expect(401);
    for header in ["user-agent", "x-forwarded-for", "forwarded", "traceparent", "accept", "x-real-ip"] {
        let odd = reqwest::header::HeaderValue::from_bytes(b"\xff\xfe\xc3\x28 for=\"[::\" ,,;=\x80").unwrap();
        let body = json!({ "identifier": email, "password": password });
        app.send(app.http.post(app.url("/v1/login")).header(header, odd).json(&body)).await.expect(200);
    }
    app.node.stop().await;
}

async fn what_is_no_json_or_too_much_of_it(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let deep = |open: &str, close: &str| format!("{{\"metadata\":{}1{}}}", open.repeat(10_000), close.repeat(10_000));
    let malformed = [
        String::new(),
        "{".to_owned(),
        "{\"a\":}".to_owned(),
        "{} {}".to_owned(),
        "{\"email\":\"\\ud800\"}".to_owned(),
        "{\"email\":\"\\udc00\\ud800\"}".to_owned(),
        "{\"metadata\":1e999}".to_owned(),
        "{\"email\":\"\0\"}".to_owned(),
        "NaN".to_owned(),
        "\u{feff}{}".to_owned(),
        deep("[", "]"),
        deep("{\"a\":", "}"),
    ];
    let refused = [
        ("{\"email\":\"a\",\"email\":\"b\"}".to_owned(), "invalid_field"),
        ("{\"metadata\":{\"a\":1,\"\\u0061\":2}}".to_owned(), "invalid_field"),
        ("{\"metadata\":{\"a\":\"\\u0000\"}}".to_owned(), "invalid_field"),
        ("{\"email\":99999999999999999999999999999999999999}".to_owned(), "invalid_field"),
    ];
    let cases = malformed.into_iter().map(|text| (text, "malformed_json")).chain(refused);
    for (text, code) in cases {
        for (method, path, _) in bodies().into_iter().filter(|(_, path, _)| *path == "/v1/register") {
            let request = app.request(method, path, None).header("content-type", "application/json");
            let answer = app.send(request.body(text.clone())).await;
            assert_eq!(answer.refusal(), (400, code.into()), "{text:.60}");
        }
    }
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "", "\"", "json"]
    {
        let request = app.request(Method::POST, "/v1/login", None).header("content-type", kind).body("{}");
        assert_eq!(app.send(request).await.refusal(), (415, "unsupported_media_type".into()), "{kind:?}");
    }
    let zipped = app.http.post(app.url("/v1/login")).json(&json!({})).header("content-encoding", "gzip");
    assert_eq!(app.send(zipped).await.refusal(), (415, "unsupported_media_type".into()));
    let token = app.signed_in().await.str("access_token");
    for (method, path, _) in bodies() {
        let huge = vec![b' '; 1_024 * 1_024];
        let sized = format!("content-length: {}\r\n\r\n", huge.len()).into_bytes();
        let chunk = [b"4000\r\n".as_slice(), &huge[..0x4000], b"\r\n"].concat();
        let chunked = [b"transfer-encoding: chunked\r\n\r\n".as_slice(), &chunk.repeat(64), b"0\r\n\r\n"].concat();
        for rest in [[sized, huge].concat(), chunked] {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
            );
            // The answer comes, and the connection is closed, before all is sent: it may get lost on its way.
            let answer = exchange(&app, &[head.into_bytes(), rest].concat()).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
        }
    }
    let largest = json!({ "metadata": { "a": "x".repeat(16 * 1_024 - 8) } });
    app.patch("/v1/me", Some(&token), &largest).await.expect(200);
    let too_large = json!({ "metadata": { "a": "x".repeat(16 * 1_024 - 7) } });
    assert_eq!(app.patch("/v1/me", Some(&token), &too_large).await.refusal(), (422, "invalid_input".into()));
    app.node.stop().await;
}
