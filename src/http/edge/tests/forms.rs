//! Every answer has the form of its plane, and never both.

use std::collections::BTreeSet;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use proptest::prelude::*;

use super::{Answer, ask};

fn request(method: &Method, path: &str, kind: &str, body: impl AsRef<[u8]>) -> TestRequest {
    let request = TestRequest::with_uri(path).method(method.clone()).set_payload(body.as_ref().to_vec());
    if kind.is_empty() { request } else { request.insert_header(("content-type", kind.to_owned())) }
}

/// On the app plane: RFC 9457, complete.
fn is_problem(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    assert_eq!((answer.0, body["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(body["type"], format!("urn:keystead:problem:{code}"));
    assert_eq!((&body["status"], &body["request_id"]), (&status.into(), &answer.header("x-request-id").into()));
    assert!(body.get("error").is_none() && body["title"].is_string());
    is_dressed(answer);
}

/// On the protocol plane: RFC 6749 §5.2, two members and no more.
fn is_protocol_error(answer: &Answer, status: u16, error: &str) {
    let body = answer.json();
    assert_eq!((answer.0, body["error"].as_str()), (status, Some(error)), "{body}");
    assert!(answer.header("content-type").starts_with("application/json"));
    let members: BTreeSet<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["error", "error_description"]));
    assert_eq!(answer.header("pragma"), "no-cache");
    is_dressed(answer);
}

fn is_dressed(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(!answer.header("x-request-id").is_empty());
    assert_eq!(answer.header("retry-after").is_empty(), !matches!(answer.0, 429 | 503));
}

#[actix_web::test]
async fn both_planes_answer_in_their_own_form() {
    let mebibyte = format!(r#"{{"email":"{}"}}"#, "a".repeat(1 << 20));
    let json = "application/json";
    for ((method, path), (kind, body), (status, code, error)) in [
        ((Method::GET, "/nowhere"), ("", ""), (404, "not_found", "invalid_request")),
        ((Method::GET, "/echo/"), ("", ""), (404, "not_found", "invalid_request")),
        ((Method::GET, "/items/7"), ("", ""), (404, "not_found", "invalid_request")),
        ((Method::GET, "/items/%00%ff"), ("", ""), (404, "not_found", "invalid_request")),
        ((Method::PUT, "/token"), (json, "{}"), (405, "method_not_allowed", "invalid_request")),
        ((Method::POST, "/echo"), (json, "{"), (400, "malformed_json", "invalid_request")),
        ((Method::POST, "/echo"), (json, "{\"email\":\"\0\"}"), (400, "malformed_json", "invalid_request")),
        ((Method::POST, "/echo"), (json, r#"{"email":"\u0000"}"#), (400, "invalid_field", "invalid_request")),
        ((Method::POST, "/echo"), (json, r#"{"admin":1}"#), (400, "unknown_field", "invalid_request")),
        ((Method::POST, "/echo"), (json, &mebibyte), (413, "body_too_large", "invalid_request")),
        ((Method::POST, "/echo"), ("text/plain", "{}"), (415, "unsupported_media_type", "invalid_request")),
        ((Method::POST, "/echo"), ("", "{}"), (415, "unsupported_media_type", "invalid_request")),
        ((Method::GET, "/secured"), ("", ""), (401, "not_authenticated", "invalid_client")),
        ((Method::GET, "/panics"), ("", ""), (500, "internal_error", "server_error")),
        ((Method::GET, "/fails"), ("", ""), (500, "internal_error", "server_error")),
        ((Method::GET, "/busy"), ("", ""), (503, "overloaded", "temporarily_unavailable")),
        ((Method::GET, "/bare"), ("", ""), (503, "unavailable", "temporarily_unavailable")),
    ] {
        is_problem(&ask(request(&method, &format!("/v1{path}"), kind, body)).await, status, code);
        is_protocol_error(&ask(request(&method, &format!("/oauth2{path}"), kind, body)).await, status, error);
    }
    // The router decodes, so the plane is told by the decoded path.
    is_protocol_error(&ask(TestRequest::get().uri("/%6Fauth2/nowhere")).await, 404, "invalid_request");
    is_problem(&ask(TestRequest::get().uri("/oauth2x")).await, 404, "not_found");
}

#[actix_web::test]
async fn the_protocols_own_errors_are_exact() {
    let form = "application/x-www-form-urlencoded";
    let refused = ask(request(&Method::POST, "/oauth2/token", form, b"other=1")).await;
    is_protocol_error(&refused, 400, "invalid_grant");
    assert_eq!(refused.json()["error_description"], "it 'is' spent");
    is_protocol_error(&ask(request(&Method::POST, "/oauth2/token", form, b"a=1&a=1")).await, 400, "invalid_request");
    is_protocol_error(&ask(request(&Method::POST, "/oauth2/token", form, b"email=%00")).await, 400, "invalid_request");
    is_problem(&ask(request(&Method::POST, "/v1/token", form, b"")).await, 400, "invalid_grant");
}

#[actix_web::test]
async fn headers_say_what_the_status_owes() {
    assert_eq!(ask(TestRequest::put().uri("/v1/token")).await.header("allow"), "GET, POST");
    assert_eq!(ask(TestRequest::put().uri("/oauth2/token")).await.header("allow"), "GET, POST");
    let busy = ask(TestRequest::get().uri("/v1/busy")).await;
    assert_eq!((busy.header("retry-after"), &busy.json()["retry_after_s"]), ("2", &2.into()));
    let nothing = ask(TestRequest::get().uri("/v1/secured")).await;
    assert_eq!(nothing.header("www-authenticate"), r#"Bearer realm="keystead""#);
    let garbage = ask(TestRequest::get().uri("/v1/secured").insert_header(("authorization", "Bearer ä"))).await;
    assert_eq!(garbage.header("www-authenticate"), r#"Bearer realm="keystead", error="invalid_token""#);
    let basic = ask(TestRequest::get().uri("/oauth2/secured")).await;
    assert_eq!(basic.header("www-authenticate"), r#"Basic realm="keystead", charset="UTF-8""#);
}

#[actix_web::test]
async fn nothing_of_a_cause_reaches_a_client() {
    for path in ["/v1/fails", "/v1/panics", "/oauth2/fails", "/oauth2/panics"] {
        let body = String::from_utf8(ask(TestRequest::get().uri(path)).await.2).unwrap();
        assert!(!body.contains("disk") && !body.contains("fire"), "{body}");
    }
}

#[actix_web::test]
async fn what_a_handler_set_itself_stands() {
    let page = ask(TestRequest::get().uri("/v1/page").insert_header(("x-request-id", "mine"))).await;
    assert_eq!(
        (page.0, page.header("cache-control"), page.header("x-request-id")),
        (200, "public, max-age=300", "mine")
    );
    assert_eq!(page.header("content-security-policy"), "default-src 'self'");
    let own = ask(TestRequest::get().uri("/v1/own")).await;
    assert_eq!((own.0, own.json()), (503, "own words".into()));
}

#[actix_web::test]
async fn content_types_are_compared_as_they_should_be() {
    for (kind, status) in [
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=\"UTF-8\"", 200),
        ("application/json; charset=latin1", 415),
        ("application/json-patch+json", 415),
        ("application/json, text/plain", 415),
    ] {
        assert_eq!(ask(request(&Method::POST, "/v1/echo", kind, b"{}")).await.0, status, "{kind}");
    }
    let zipped =
        request(&Method::POST, "/v1/echo", "application/json", b"{}").insert_header(("content-encoding", "gzip"));
    assert_eq!(ask(zipped).await.0, 415);
    // A body that announces too much is refused though not one byte of it is there.
    let announced =
        request(&Method::POST, "/v1/echo", "application/json", b"").insert_header(("content-length", "65537"));
    assert_eq!(ask(announced).await.0, 413);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_500(
        body in prop::collection::vec(any::<u8>(), 0..100),
        header in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        use actix_web::http::header::HeaderValue;
        let Ok(value) = HeaderValue::from_bytes(&header) else { return Ok(()) };
        actix_web::rt::System::new().block_on(async {
            for path in ["/v1/echo", "/oauth2/token"] {
                let names = ["authorization", "traceparent", "x-request-id", "content-length", "content-encoding"];
                let mut odd = request(&Method::POST, path, "application/json", &body);
                for name in names {
                    odd = odd.insert_header((name, value.clone()));
                }
                assert!(ask(odd).await.0 < 500);
                let typed = request(&Method::POST, path, "", &body).insert_header(("content-type", value.clone()));
                assert!(ask(typed).await.0 < 500);
            }
        });
    }
}
