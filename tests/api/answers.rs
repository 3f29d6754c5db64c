//! The app plane as the contract has it: statuses, codes, fields and headers. What every answer owes is held in
//! `TestApp::send`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;

on_each_database! {
    what_a_login_answers,
    who_is_refused_and_how,
    where_there_is_nothing,
    registration_can_be_closed,
    operators_ask_on_both_listeners,
    the_pages_come_under_a_policy_of_their_own,
}

const ACCOUNT: [&str; 12] = [
    "active",
    "created_at",
    "display_name",
    "email",
    "email_verified",
    "id",
    "last_login",
    "metadata",
    "mfa_enabled",
    "roles",
    "updated_at",
    "username",
];

fn members(json: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// RFC 3339 in UTC with milliseconds.
fn is_a_time(json: &Value) -> bool {
    let text = json.as_str().unwrap();
    let shape = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    shape == "0000-00-00T00:00:00.000Z"
}

fn is_an_id(json: &Value) -> bool {
    json.as_str().and_then(|text| uuid::Uuid::parse_str(text).ok()).is_some_and(|id| id.get_version_num() == 7)
}

fn part(token: &str, place: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(place).unwrap()).unwrap()).unwrap()
}

async fn what_a_login_answers(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let body = json!({ "email": new_email(), "password": PASSWORD, "username": "zoe", "display_name": "Zoë",
        "metadata": { "a": 1.5 } });
    let made = app.post("/v1/register", None, &body).await.expect(201).json();
    assert_eq!(members(&made), ["user"]);
    assert_eq!(members(&made["user"]), ACCOUNT);
    assert!(is_an_id(&made["user"]["id"]) && is_a_time(&made["user"]["created_at"]));
    assert_eq!(made["user"]["created_at"], made["user"]["updated_at"]);
    for field in ["email", "username", "display_name", "metadata"] {
        assert_eq!(made["user"][field], body[field]);
    }

    let login = app.login("zoe").await.expect(200);
    assert_eq!(login.header("content-type"), "application/json");
    let tokens = login.json();
    let fields = [
        "access_token",
        "device_token",
        "expires_at",
        "expires_in",
        "refresh_expires_in",
        "refresh_token",
        "session_id",
        "status",
        "token_type",
        "user",
    ];
    assert_eq!(members(&tokens), fields);
    assert_eq!((&tokens["status"], &tokens["token_type"]), (&json!("authenticated"), &json!("Bearer")));
    assert_eq!((&tokens["expires_in"], &tokens["refresh_expires_in"]), (&json!(900), &json!(604_800)));
    assert!(is_a_time(&tokens["expires_at"]) && is_an_id(&tokens["session_id"]));
    assert!(login.str("refresh_token").starts_with("ksr_") && !login.str("device_token").is_empty());
    assert_eq!(members(&tokens["user"]), ACCOUNT);

    let (header, claims) = (part(&login.str("access_token"), 0), part(&login.str("access_token"), 1));
    assert_eq!((members(&header), &header["typ"]), (vec!["alg", "kid", "typ"], &json!("at+jwt")));
    let names = [
        "amr",
        "aud",
        "auth_time",
        "client_id",
        "epoch",
        "exp",
        "iat",
        "iss",
        "jti",
        "nbf",
        "permissions",
        "roles",
        "sid",
        "sub",
        "ver",
    ];
    assert_eq!(members(&claims), names);
    assert_eq!((&claims["sub"], &claims["sid"]), (&made["user"]["id"], &tokens["session_id"]));
    assert_eq!((&claims["roles"], &claims["amr"]), (&json!(["user"]), &json!(["pwd"])));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);

    let next = app.refresh(&login.str("refresh_token")).await.expect(200);
    assert_eq!((members(&next.json()), members(&next.json()["user"])), (fields.to_vec(), ACCOUNT.to_vec()));
    assert_eq!(part(&next.str("access_token"), 1)["auth_time"], claims["auth_time"], "a refresh never renews it");
    let me = app.get("/v1/me", Some(&next.str("access_token"))).await.expect(200);
    assert_eq!(members(&me.json()), ACCOUNT);
    app.node.stop().await;
}

async fn who_is_refused_and_how(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    assert_eq!(app.register(&email.to_uppercase()).await.refusal(), (409, "email_taken".into()));

    // An unknown account and a wrong password: the same answer, but for its request id.
    let refused = |identifier: &str, password: &str| json!({ "identifier": identifier, "password": password });
    let mut answers = Vec::new();
    let names = [email.as_str(), "nobody@example.test", "nobody", "", "@", "a b", "💥"];
    for identifier in names {
        let mut answer = app.post("/v1/login", None, &refused(identifier, "wrong password")).await.expect(401);
        let challenge = answer.header("www-authenticate").to_owned();
        let mut body = answer.json();
        body["request_id"] = json!("");
        for of_its_own in ["x-request-id", "date"] {
            answer.headers.remove(of_its_own);
        }
        answers.push((answer.headers, body, challenge));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(answers[0].1["code"], "invalid_credentials");

    let weak = json!({ "email": new_email(), "password": "short" });
    let weak = app.post("/v1/register", None, &weak).await.expect(422).json();
    assert_eq!((&weak["code"], &weak["errors"][0]["pointer"]), (&json!("weak_password"), &json!("/password")));
    assert!(weak["errors"][0]["code"].is_string() && weak["errors"][0]["detail"].is_string());
    let all_wrong =
        json!({ "email": "x", "password": PASSWORD, "username": "a@b", "display_name": "", "metadata": [] });
    let all_wrong = app.post("/v1/register", None, &all_wrong).await;
    let pointers: Vec<_> =
        all_wrong.json()["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(all_wrong.refusal(), (422, "invalid_input".into()));
    assert_eq!(json!(pointers), json!(["/email", "/username", "/display_name", "/metadata"]));
    let longest = format!("{PASSWORD}{}", "ä".repeat((1_024 - PASSWORD.len()) / 2));
    for (long, status) in [(longest.clone(), 201), (longest + "x", 422)] {
        app.post("/v1/register", None, &json!({ "email": new_email(), "password": long })).await.expect(status);
    }

    for (method, path) in [
        (Method::GET, "/v1/me"),
        (Method::PATCH, "/v1/me"),
        (Method::POST, "/v1/logout"),
        (Method::GET, "/v1/revocations"),
    ] {
        let bare = app.send(app.request(method.clone(), path, None)).await;
        assert_eq!(bare.refusal(), (401, "not_authenticated".into()), "{path}");
        assert_eq!(bare.header("www-authenticate"), "Bearer realm=\"keystead\"");
        let forged = app.send(app.request(method, path, Some("abc")).json(&json!({}))).await;
        assert_eq!(forged.refusal(), (401, "not_authenticated".into()), "{path}");
        assert!(forged.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    let nonsense = app.refresh("ksr_nonsense").await;
    assert_eq!(nonsense.refusal(), (401, "invalid_refresh_token".into()));
    app.node.stop().await;
}

async fn where_there_is_nothing(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    for path in ["/", "/v1", "/v1/", "/v1/nothing", "/v2/me", "/v1/me/", "//v1/me", "/.well-known/", "/metrics", "/%00"]
    {
        assert_eq!(app.get(path, None).await.refusal(), (404, "not_found".into()), "{path}");
    }
    for (method, path, allowed) in [
        (Method::GET, "/v1/login", "POST"),
        (Method::DELETE, "/v1/login", "POST"),
        (Method::PUT, "/v1/logout", "POST"),
        (Method::DELETE, "/v1/me", "GET, PATCH"),
        (Method::POST, "/v1/revocations", "GET"),
        (Method::POST, "/livez", "GET"),
        (Method::TRACE, "/v1/setup", "POST"),
        (Method::from_bytes(b"BREW").unwrap(), "/v1/register", "POST"),
    ] {
        let answer = app.send(app.request(method, path, None)).await;
        assert_eq!(answer.refusal(), (405, "method_not_allowed".into()), "{path}");
        assert_eq!(answer.header("allow"), allowed, "{path}");
    }
    // A request's name: kept when it is well-formed, replaced when not.
    let asked = |id: &str| app.request(Method::GET, "/v1/me", None).header("x-request-id", id);
    assert_eq!(app.send(asked("a.B_c-9")).await.str("request_id"), "a.B_c-9");
    for odd in ["", "a b", "a\tb", "ä", &"x".repeat(65), "\"}"] {
        let id = app.send(asked(odd)).await.str("request_id");
        assert!(id != odd && uuid::Uuid::parse_str(&id).is_ok(), "{odd:?} became {id:?}");
    }
    // No cross-origin caller that is not on the list, and that is empty here.
    let preflight = app.request(Method::OPTIONS, "/v1/login", None).header("origin", "https://evil.example");
    let preflight = app.send(preflight.header("access-control-request-method", "POST")).await;
    assert!(!preflight.headers.contains_key("access-control-allow-origin") && preflight.status != 200);
    app.node.stop().await;
}

async fn registration_can_be_closed(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("REGISTRATION", "closed")]).await;
    assert_eq!(app.register(&new_email()).await.refusal(), (403, "registration_closed".into()));
    app.node.stop().await;
}

async fn operators_ask_on_both_listeners(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    for base in [app.node.app_url(), app.node.ops_url()] {
        let get = async |path: &str| app.send(app.http.get(format!("{base}{path}"))).await;
        assert_eq!(get("/livez").await.expect(200).json(), json!({ "status": "alive" }));
        assert_eq!(get("/readyz").await.expect(200).json(), json!({ "status": "ready" }));
        let version = json!({ "name": "keystead", "version": env!("CARGO_PKG_VERSION") });
        assert_eq!(get("/version").await.expect(200).json(), version);
    }
    let ops = app.node.ops_url();
    assert_eq!(app.send(app.http.get(format!("{ops}/v1/me"))).await.refusal(), (404, "not_found".into()));
    let known = app.get("/.well-known/oauth-authorization-server", None).await.expect(200).json();
    assert_eq!(known["issuer"], "https://keystead.test");
    for (endpoint, path) in [("jwks_uri", "/.well-known/jwks.json"), ("token_endpoint", "/oauth2/token")] {
        assert_eq!(known[endpoint], app.url(path));
    }
    app.node.stop().await;
}

async fn the_pages_come_under_a_policy_of_their_own(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    for path in ["/pages/reset-password", "/pages/verify-email"] {
        let page = app.get(path, None).await.expect(200);
        assert_eq!((page.header("content-type"), page.header("x-frame-options")), ("text/html; charset=utf-8", "DENY"));
        let policy: Vec<&str> = page.header("content-security-policy").split("; ").collect();
        assert_eq!((policy.len(), policy[0], policy[3]), (7, "default-src 'none'", "connect-src 'self'"));
        assert!(policy[1].starts_with("style-src 'sha256-") && policy[2].starts_with("script-src 'sha256-"));
        assert_eq!(policy[4..], ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]);
        let ops = app.http.get(format!("{}{path}", app.node.ops_url()));
        app.send(ops).await.expect(404);
        app.post(path, None, &json!({})).await.expect(405);
    }
    app.node.stop().await;
}
