//! The list of one's own sessions, ending one of them, and how many there may be.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use keystead::domain::clock::{Clock, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, PASSWORD, TestApp, new_email};
use crate::databases::{Engine, TestDatabase};
use crate::{execute, race_rounds, run_on};

on_each_database! {
    what_a_session_shows_of_itself,
    only_what_lives_is_listed,
    pages_follow_each_other,
    what_the_list_refuses,
    one_of_them_is_ended,
    what_is_not_ones_own_is_not_there,
    a_new_session_ends_the_oldest,
    sign_ins_at_once_leave_no_more_than_the_limit,
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn list(app: &TestApp, tokens: &Answer) -> Vec<Value> {
    let page = app.get("/v1/me/sessions?limit=200", Some(&tokens.str("access_token"))).await.expect(200).json();
    assert_eq!(page["next_cursor"], Value::Null);
    page["items"].as_array().unwrap().clone()
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

async fn logins(app: &TestApp, email: &str, count: usize) -> Vec<Answer> {
    let mut logins = Vec::new();
    for _ in 0..count {
        logins.push(app.login(email).await.expect(200));
    }
    logins
}

async fn what_a_session_shows_of_itself(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("TRUSTED_PROXIES", "127.0.0.1/32")]).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    let body = json!({ "identifier": email, "password": PASSWORD });
    let from = |address: &'static str, agent: &'static str| {
        let request = app.request(Method::POST, "/v1/login", None).json(&body);
        app.send(request.header("x-forwarded-for", address).header("user-agent", agent))
    };
    let first = from("203.0.113.9", FIREFOX).await.expect(200);
    let second = from("2001:db8::7", "a program of mine").await.expect(200);
    let items = list(&app, &first).await;
    assert_eq!(ids(&items), [second.str("session_id"), first.str("session_id")], "newest first");
    let members: BTreeSet<&str> = items[0].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = "authenticated_at created_at current device expires_at id ip last_used_at user_agent";
    assert_eq!(members, expected.split(' ').collect());
    assert_eq!((&items[1]["device"], &items[1]["ip"]), (&json!("Firefox on Linux"), &json!("203.0.113.9")));
    assert_eq!((&items[1]["user_agent"], &items[1]["current"]), (&json!(FIREFOX), &json!(true)));
    assert_eq!((&items[0]["device"], &items[0]["ip"]), (&Value::Null, &json!("2001:db8::7")));
    assert_eq!(items[0]["current"], false);
    assert_eq!(items[1]["last_used_at"], items[1]["created_at"]);

    tokio::time::sleep(Duration::from_millis(5)).await;
    app.refresh(&first.str("refresh_token")).await.expect(200);
    let after = list(&app, &second).await;
    assert_eq!((&after[1]["created_at"], &after[1]["current"]), (&items[1]["created_at"], &json!(false)));
    assert!(after[1]["last_used_at"].as_str() > items[1]["last_used_at"].as_str(), "{after:?}");
    app.node.stop().await;
}

async fn only_what_lives_is_listed(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    let sessions = logins(&app, &email, 4).await;
    app.logout(&sessions[1].str("access_token"), "this").await.expect(204);
    // Past its absolute end, and not refreshed for too long.
    for (login, table, key) in [(&sessions[2], "sessions", "id"), (&sessions[3], "refresh_tokens", "session_id")] {
        let id = match &database.url {
            url if url.starts_with("sqlite") => format!("x'{}'", login.str("session_id").replace('-', "")),
            url if url.starts_with("mysql") => format!("x'{}'", login.str("session_id").replace('-', "")),
            _ => format!("'{}'", login.str("session_id")),
        };
        execute(database, &format!("UPDATE {table} SET expires_at = 1 WHERE {key} = {id}")).await;
    }
    assert_eq!(ids(&list(&app, &sessions[0]).await), [sessions[0].str("session_id")]);
    let fifth = app.login(&email).await.expect(200);
    app.logout(&fifth.str("access_token"), "others").await.expect(204);
    assert_eq!(ids(&list(&app, &fifth).await), [fifth.str("session_id")], "of an epoch before");
    app.node.stop().await;
}

async fn pages_follow_each_other(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (email, _stranger) = (new_email(), app.signed_in().await);
    app.register(&email).await.expect(201);
    let sessions = logins(&app, &email, 7).await;
    let token = sessions[6].str("access_token");
    let expected: Vec<String> = sessions.iter().rev().map(|login| login.str("session_id")).collect();
    for limit in [1, 2, 3, 7, 8] {
        let (mut seen, mut next, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("/v1/me/sessions?limit={limit}&cursor={next}");
            let page = app.get(&path, Some(&token)).await.expect(200).json();
            let items = page["items"].as_array().unwrap();
            assert!(!items.is_empty() && items.len() <= limit);
            seen.extend(ids(items).into_iter().map(str::to_owned));
            pages += 1;
            match page["next_cursor"].as_str() {
                Some(cursor) => cursor.clone_into(&mut next),
                None => break,
            }
        }
        assert_eq!((&seen, pages), (&expected, 7_usize.div_ceil(limit)), "limit {limit}");
    }
    // What begins or ends in between moves nothing.
    let page = app.get("/v1/me/sessions?limit=3", Some(&token)).await.expect(200);
    app.login(&email).await.expect(200);
    app.logout(&sessions[4].str("access_token"), "this").await.expect(204);
    let path = format!("/v1/me/sessions?limit=200&cursor={}", page.str("next_cursor"));
    let rest = app.get(&path, Some(&token)).await.expect(200).json();
    assert_eq!(ids(rest["items"].as_array().unwrap()), expected[3..]);
    app.node.stop().await;
}

async fn what_the_list_refuses(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = app.signed_in().await.str("access_token");
    for query in ["limit=0", "limit=201", "limit=-1", "limit=all", "cursor=x", "cursor=AQAA"] {
        let answer = app.get(&format!("/v1/me/sessions?{query}"), Some(&token)).await;
        assert_eq!(answer.refusal(), (400, "invalid_field".into()), "{query}");
    }
    let unknown = app.get("/v1/me/sessions?user_id=1", Some(&token)).await;
    assert_eq!(unknown.refusal(), (400, "unknown_field".into()));
    assert_eq!(app.get("/v1/me/sessions", None).await.refusal(), (401, "not_authenticated".into()));
    let (id, secret) = app.client("users:read").await;
    let form = [("grant_type", "client_credentials")];
    let program = app.form("/oauth2/token", Some((&id, &secret)), &form).await.expect(200).str("access_token");
    assert_eq!(app.get("/v1/me/sessions", Some(&program)).await.refusal(), (403, "permission_denied".into()));
    app.node.stop().await;
}

async fn one_of_them_is_ended(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let email = new_email();
    a.register(&email).await.expect(201);
    let sessions = logins(&a, &email, 3).await;
    let path = |login: &Answer| format!("/v1/me/sessions/{}", login.str("session_id"));
    let token = sessions[0].str("access_token");
    for _ in 0..2 {
        let ended = a.delete(&path(&sessions[1]), Some(&token)).await.expect(204);
        assert!(ended.text.is_empty(), "and so when it has ended already");
    }
    let revoked = (401, "session_revoked".to_owned());
    let gone = &sessions[1];
    assert_eq!(a.get("/v1/me", Some(&gone.str("access_token"))).await.refusal(), revoked, "at once");
    assert_eq!(b.refresh(&gone.str("refresh_token")).await.refusal(), revoked, "at once everywhere");
    assert_eq!(list(&a, &sessions[0]).await.len(), 2);
    // By its id in capital letters, too; and one's own.
    let shouted = format!("/v1/me/sessions/{}", sessions[2].str("session_id").to_uppercase());
    a.delete(&shouted, Some(&token)).await.expect(204);
    a.delete(&path(&sessions[0]), Some(&token)).await.expect(204);
    assert_eq!(a.get("/v1/me/sessions", Some(&token)).await.refusal(), revoked);
    a.node.stop().await;
    b.node.stop().await;
}

async fn what_is_not_ones_own_is_not_there(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (mine, other) = (app.signed_in().await, app.signed_in().await);
    let token = mine.str("access_token");
    let theirs = other.str("session_id");
    let simple = mine.str("session_id").replace('-', "");
    let braced = format!("%7B{}%7D", mine.str("session_id"));
    let unknown = uuid::Uuid::now_v7().to_string();
    for id in [&theirs, &unknown, &simple, &braced, "x", "%20", "%00", "..%2f..", "current", "é"] {
        let answer = app.delete(&format!("/v1/me/sessions/{id}"), Some(&token)).await;
        assert_eq!(answer.refusal(), (404, "not_found".into()), "{id}");
    }
    app.get("/v1/me", Some(&other.str("access_token"))).await.expect(200);
    app.refresh(&other.str("refresh_token")).await.expect(200);
    let nobody = app.delete(&format!("/v1/me/sessions/{theirs}"), None).await;
    assert_eq!(nobody.refusal(), (401, "not_authenticated".into()));
    app.node.stop().await;
}

async fn a_new_session_ends_the_oldest(database: &TestDatabase) {
    let limit = [("SESSIONS_PER_USER", "2")];
    let (a, b) = (TestApp::spawn(&database.url, &limit).await, TestApp::spawn(&database.url, &limit).await);
    let client = a.client("users:read").await;
    let email = new_email();
    a.register(&email).await.expect(201);
    let sessions = logins(&a, &email, 2).await;
    let third = b.login(&email).await.expect(200);
    let revoked = (401, "session_revoked".to_owned());
    let oldest = &sessions[0];
    assert_eq!(b.get("/v1/me", Some(&oldest.str("access_token"))).await.refusal(), revoked, "at once");
    assert_eq!(b.introspect(&client, &oldest.str("access_token")).await.json(), json!({ "active": false }));
    assert_eq!(a.refresh(&oldest.str("refresh_token")).await.refusal(), revoked, "at once everywhere");
    assert_eq!(ids(&list(&a, &third).await), [third.str("session_id"), sessions[1].str("session_id")]);
    a.get("/v1/me", Some(&sessions[1].str("access_token"))).await.expect(200);
    a.node.stop().await;
    b.node.stop().await;
}

async fn sign_ins_at_once_leave_no_more_than_the_limit(database: &TestDatabase) {
    let settings = [("SESSIONS_PER_USER", "3"), ("REFRESH_GRACE_SECONDS", "0")];
    let (a, b) = (TestApp::spawn(&database.url, &settings).await, TestApp::spawn(&database.url, &settings).await);
    for round in 0..race_rounds() {
        let email = new_email();
        a.register(&email).await.expect(201);
        let logins = join_all((0..8).map(|n| [&a, &b][n % 2].login(&email))).await;
        let begun: Vec<&Answer> = logins.iter().filter(|login| login.status == 200).collect();
        assert!(begun.len() > 3, "round {round}: too few came in to tell");
        let mut alive = 0;
        for login in &begun {
            alive += usize::from(b.refresh(&login.str("refresh_token")).await.status == 200);
        }
        assert_eq!(alive, 3, "round {round}");
    }
    a.node.stop().await;
    b.node.stop().await;
}

/// To the microsecond, which only a clock that is set by hand can show.
#[actix_web::test]
async fn a_session_leaves_the_list_when_its_time_is_over() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
        let settings = [("JWT_REFRESH_TOKEN_EXPIRES", "3600"), ("SESSION_MAX_AGE", "7200")];
        let app = TestApp::spawn_with_clock(&database.url, &settings, clock.clone()).await;
        let email = new_email();
        app.register(&email).await.expect(201);
        let (idle, kept) = (app.login(&email).await.expect(200), app.login(&email).await.expect(200));
        let whole = list(&app, &kept).await;
        assert_eq!(whole[0]["expires_at"], "2027-01-15T10:00:00.000Z", "two hours after it began");
        clock.advance(Duration::from_secs(3_599));
        let later = app.refresh(&kept.str("refresh_token")).await.expect(200);
        assert_eq!(list(&app, &later).await.len(), 2);
        clock.advance(Duration::from_secs(1));
        let left = list(&app, &later).await;
        assert_eq!(ids(&left), [kept.str("session_id")], "the other one was idle for an hour");
        assert_eq!(left[0]["last_used_at"], "2027-01-15T08:59:59.000Z");
        assert_eq!(app.refresh(&idle.str("refresh_token")).await.refusal(), (401, "session_expired".into()));
        clock.advance(Duration::from_secs(3_598));
        let last = app.refresh(&later.str("refresh_token")).await.expect(200);
        assert_eq!(list(&app, &last).await.len(), 1);
        clock.advance(Duration::from_secs(2));
        assert_eq!(app.refresh(&last.str("refresh_token")).await.refusal(), (401, "session_expired".into()));
        let anew = app.login(&email).await.expect(200);
        assert_eq!(ids(&list(&app, &anew).await), [anew.str("session_id")]);
        app.node.stop().await;
    })
    .await;
}
