//! The protocol plane, exact to its RFCs: 6749, 7662, 7009, 7517.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;

on_each_database! {
    a_program_gets_a_token_of_its_own,
    clients_are_recognised_or_not,
    errors_have_the_form_of_the_protocol,
    a_person_refreshes_and_anybody_gives_back,
}

const CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

fn of(client: &(String, String)) -> (&str, &str) {
    (&client.0, &client.1)
}

fn error(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.str("error"))
}

async fn a_program_gets_a_token_of_its_own(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("revocations:read users:read").await;
    let token = app.form("/oauth2/token", Some(of(&client)), &[CREDENTIALS, ("unknown", "ignored")]).await.expect(200);
    assert_eq!(token.header("pragma"), "no-cache");
    let json = token.json();
    assert_eq!((&json["token_type"], &json["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(json["scope"], "revocations:read users:read");
    assert!(json.get("refresh_token").is_none(), "RFC 6749 section 4.4.3");

    let narrow =
        app.form("/oauth2/token", Some(of(&client)), &[CREDENTIALS, ("scope", "users:read")]).await.expect(200);
    assert_eq!(narrow.json()["scope"], "users:read");
    let feed = |token: String| async move { token };
    assert_eq!(
        app.get("/v1/revocations", Some(&feed(narrow.str("access_token")).await)).await.refusal(),
        (403, "permission_denied".into())
    );
    for scope in ["users:write", "users:read users:write", "*", "users:*", "%", "a b c"] {
        let refused = app.form("/oauth2/token", Some(of(&client)), &[CREDENTIALS, ("scope", scope)]).await;
        assert_eq!(error(&refused), (400, "invalid_scope".into()), "{scope}");
    }

    let known = app.introspect(&client, &token.str("access_token")).await.json();
    assert_eq!(
        (&known["active"], &known["sub"], &known["client_id"]),
        (&json!(true), &json!(client.0), &json!(client.0))
    );
    assert_eq!((&known["scope"], &known["token_type"]), (&json!("revocations:read users:read"), &json!("Bearer")));
    assert_eq!(known.get("sid"), None);
    // It is nobody's session.
    for (method, path) in [(Method::GET, "/v1/me"), (Method::PATCH, "/v1/me"), (Method::POST, "/v1/logout")] {
        let request = app.request(method, path, Some(&token.str("access_token"))).json(&json!({}));
        assert_eq!(app.send(request).await.refusal(), (403, "permission_denied".into()), "{path}");
    }
    let kept = app.form("/oauth2/revoke", Some(of(&client)), &[("token", &token.str("access_token"))]).await;
    assert_eq!(error(&kept), (400, "unsupported_token_type".into()));
    app.node.stop().await;
}

async fn clients_are_recognised_or_not(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (client, other) = (app.client("users:read").await, app.client("users:read").await);
    let in_form = [CREDENTIALS, ("client_id", &client.0), ("client_secret", &client.1)];
    app.form("/oauth2/token", None, &in_form).await.expect(200);
    let nobody = uuid::Uuid::now_v7().to_string();
    let wrong = [(client.0.as_str(), other.1.as_str()), (&nobody, &client.1), (&client.0, "x"), ("x", &client.1)];
    for (path, form) in [
        ("/oauth2/token", &[CREDENTIALS] as &[_]),
        ("/oauth2/introspect", &[("token", "x")]),
        ("/oauth2/revoke", &[("token", "x")]),
    ] {
        for shown in wrong {
            let refused = app.form(path, Some(shown), form).await;
            assert_eq!(error(&refused), (401, "invalid_client".into()), "{path} {shown:?}");
            assert_eq!(refused.header("www-authenticate"), "Basic realm=\"keystead\", charset=\"UTF-8\"");
        }
        assert_eq!(error(&app.form(path, None, form).await), (401, "invalid_client".into()), "{path}");
        let twice: Vec<_> = form.iter().copied().chain([("client_secret", client.1.as_str())]).collect();
        assert_eq!(error(&app.form(path, Some(of(&client)), &twice).await), (400, "invalid_request".into()), "{path}");
        let bearer = app.http.post(app.url(path)).form(form).bearer_auth("x");
        assert_eq!(error(&app.send(bearer).await), (401, "invalid_client".into()), "{path}");
    }
    app.node.stop().await;
}

async fn errors_have_the_form_of_the_protocol(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("users:read").await;
    let forms: [(&[(&str, &str)], &str); 6] = [
        (&[], "invalid_request"),
        (&[("grant_type", "")], "invalid_request"),
        (&[("grant_type", "password")], "unsupported_grant_type"),
        (&[CREDENTIALS, CREDENTIALS], "invalid_request"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "ksr_x")], "invalid_grant"),
    ];
    for (form, expected) in forms {
        assert_eq!(
            error(&app.form("/oauth2/token", Some(of(&client)), form).await),
            (400, expected.into()),
            "{form:?}"
        );
    }
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        assert_eq!(error(&app.form(path, Some(of(&client)), &[]).await), (400, "invalid_request".into()), "{path}");
    }
    let post = |path: &str, kind: &str, body: String| {
        app.request(Method::POST, path, None).header("content-type", kind).body(body)
    };
    let form = "application/x-www-form-urlencoded";
    for (kind, body, status) in [
        ("application/json", "{}".to_owned(), 415),
        (form, format!("token={}", "x".repeat(65_536)), 413),
        (form, "token=%zz".to_owned(), 400),
        (form, "token=%00".to_owned(), 400),
        (form, "token=%ff".to_owned(), 400),
        ("", String::new(), 415),
    ] {
        let refused = app.send(post("/oauth2/introspect", kind, body)).await;
        assert_eq!(error(&refused), (status, "invalid_request".into()), "{kind}");
    }
    for (method, path, status) in [
        (Method::GET, "/oauth2/token", 405),
        (Method::POST, "/oauth2/nothing", 404),
        (Method::GET, "/oauth2/", 404),
        (Method::GET, "/%6fauth2/token", 405),
    ] {
        let answer = app.http.request(method, app.url(path)).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
            (status, "application/json")
        );
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], "invalid_request", "{path}");
    }
    app.node.stop().await;
}

async fn a_person_refreshes_and_anybody_gives_back(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let client = app.client("users:read").await;
    let login = app.signed_in().await;
    let grant = |token: String| [("grant_type", "refresh_token".to_owned()), ("refresh_token", token)];
    let refresh = async |token: String| {
        let form = grant(token);
        app.form("/oauth2/token", None, &form.each_ref().map(|(name, value)| (*name, value.as_str()))).await
    };
    let next = refresh(login.str("refresh_token")).await.expect(200);
    let mut names: Vec<_> = next.json().as_object().unwrap().keys().cloned().collect();
    names.sort_unstable();
    assert_eq!(names, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!(refresh(login.str("refresh_token")).await.expect(200).str("refresh_token"), next.str("refresh_token"));
    let known = app.introspect(&client, &next.str("refresh_token")).await.json();
    assert_eq!((&known["token_type"], &known["sid"]), (&json!("refresh_token"), &login.json()["session_id"]));

    // An unknown token is no error; a hint that is wrong does no harm.
    for token in ["", "x", "ksr_x", "a.b.c"] {
        let form = [("token", token), ("token_type_hint", "refresh_token")];
        let answer = app.form("/oauth2/revoke", Some(of(&client)), &form).await;
        assert_eq!(answer.status.as_u16(), if token.is_empty() { 400 } else { 200 }, "{token:?}");
    }
    app.form("/oauth2/revoke", Some(of(&client)), &[("token", &next.str("refresh_token"))]).await.expect(200);
    assert_eq!(error(&refresh(next.str("refresh_token")).await), (400, "invalid_grant".into()));
    let me = app.get("/v1/me", Some(&next.str("access_token"))).await;
    assert_eq!(me.refusal(), (401, "session_revoked".into()));
    app.form("/oauth2/revoke", Some(of(&client)), &[("token", &next.str("refresh_token"))]).await.expect(200);

    let other = app.signed_in().await;
    let form = [("token", other.str("access_token")), ("token_type_hint", "refresh_token".to_owned())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    app.form("/oauth2/revoke", Some(of(&client)), &form).await.expect(200);
    assert_eq!(app.refresh(&other.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));
    app.node.stop().await;
}
