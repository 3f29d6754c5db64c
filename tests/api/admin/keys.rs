//! Putting another signing key in the place of the one before, without anybody being refused for it.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use keystead::domain::clock::{Clock, Timestamp};
use serde_json::{Value, json};

use super::administrator;
use crate::app::TestApp;
use crate::databases::{Engine as Database, TestDatabase};
use crate::people::Person;
use crate::run_on;
use crate::tables::execute;

on_each_database! {
    nobody_is_refused_while_keys_rotate_under_load_on_two_nodes,
}

/// People who refresh and ask without pause, half of them at each node.
const PEOPLE: usize = 6;
/// Longer than a node takes to read the keys anew (five seconds).
const READ_AGAIN: Duration = Duration::from_secs(8);

fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

async fn published(app: &TestApp) -> Vec<String> {
    let jwks = app.get("/.well-known/jwks.json", None).await.expect(200).json();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn states(app: &TestApp, token: &str) -> Vec<(String, String)> {
    let keys = app.get("/v1/admin/keys", Some(token)).await.expect(200).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    keys["items"].as_array().unwrap().iter().map(|key| (text(&key["kid"]), text(&key["state"]))).collect()
}

fn state_of<'s>(states: &'s [(String, String)], kid: &str) -> &'s str {
    states.iter().find(|(id, _)| id == kid).map_or("unknown", |(_, state)| state)
}

/// By hand, because a quarter of an hour is long; so on SQLite, which has no clock of its own.
#[actix_web::test]
async fn a_key_is_published_ten_minutes_before_it_signs_and_stays_until_its_last_token_has_expired() {
    run_on(Database::Sqlite, async |database: &TestDatabase| {
        let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
        let app = TestApp::spawn_with_clock(&database.url, &[("THROTTLE", "off")], clock.clone()).await;
        let admin = administrator(&app).await;
        let old = kid(&admin.access());
        clock.advance(Duration::from_secs(1));
        let answer = app.post("/v1/admin/keys/rotate", Some(&admin.access()), &json!({})).await.expect(201);
        let (new, next) = (answer.str("kid"), answer.json());
        assert_eq!((&next["state"], &next["retired_at"]), (&json!("published"), &Value::Null));
        let again = app.post("/v1/admin/keys/rotate", Some(&admin.access()), &json!({})).await.expect(200);
        assert_eq!(again.json(), next, "whoever asks again hears of the same key");
        assert_eq!(published(&app).await, [old.clone(), new.clone()]);
        let all = states(&app, &admin.access()).await;
        assert_eq!((state_of(&all, &old), state_of(&all, &new), all.len()), ("signing", "published", 2));

        clock.advance(Duration::from_micros(599_999_999));
        let last = app.login(&admin.email).await.expect(200).str("access_token");
        assert_eq!(kid(&last), old);
        clock.advance(Duration::from_micros(1));
        let first = app.login(&admin.email).await.expect(200).str("access_token");
        assert_eq!(kid(&first), new);
        for token in [&last, &first] {
            app.get("/v1/me", Some(token)).await.expect(200);
        }
        let all = states(&app, &first).await;
        assert_eq!((state_of(&all, &old), state_of(&all, &new)), ("verifying", "signing"));

        // Its last token lives for a quarter of an hour, and is accepted five seconds longer.
        clock.advance(Duration::from_secs(15 * 60 + 3));
        app.get("/v1/me", Some(&last)).await.expect(200);
        clock.advance(Duration::from_mins(1));
        let now = app.login(&admin.email).await.expect(200).str("access_token");
        tokio::time::sleep(READ_AGAIN).await;
        assert_eq!(published(&app).await, [new]);
        assert_eq!(app.get("/v1/me", Some(&last)).await.refusal(), (401, "not_authenticated".into()));
        assert_eq!(state_of(&states(&app, &now).await, &old), "retired");
        app.node.stop().await;
    })
    .await;
}

/// What the people have seen.
#[derive(Default)]
struct Seen {
    asked: AtomicU64,
    refused: Mutex<Vec<String>>,
    kids: Mutex<BTreeSet<String>>,
}

/// Refreshes at one node and shows the token to both, until it is over.
async fn live(nodes: [&TestApp; 2], person: Person, seen: &Seen, is_over: &AtomicBool) {
    let (mut refresh, mut turn) = (person.refresh(), 0);
    while !is_over.load(Ordering::Acquire) {
        turn += 1;
        let tokens = nodes[turn % 2].refresh(&refresh).await;
        if tokens.status != 200 {
            seen.refused.lock().unwrap().push(format!("refresh: {}", tokens.text));
            return;
        }
        refresh = tokens.str("refresh_token");
        let access = tokens.str("access_token");
        seen.kids.lock().unwrap().insert(kid(&access));
        for node in nodes {
            let answer = node.get("/v1/me", Some(&access)).await;
            seen.asked.fetch_add(1, Ordering::Relaxed);
            if answer.status != 200 {
                seen.refused.lock().unwrap().push(answer.text);
            }
        }
    }
}

async fn nobody_is_refused_while_keys_rotate_under_load_on_two_nodes(database: &TestDatabase) {
    let settings = [("THROTTLE", "off")];
    let (here, there) =
        (TestApp::spawn(&database.url, &settings).await, TestApp::spawn(&database.url, &settings).await);
    let admin = administrator(&here).await;
    let old = kid(&admin.access());
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(Person::new(&here).await);
    }
    let (seen, is_over) = (Seen::default(), AtomicBool::new(false));
    let load = join_all(people.into_iter().map(|person| live([&here, &there], person, &seen, &is_over)));
    let rotation = async {
        let (token, nothing, path) = (admin.access(), json!({}), "/v1/admin/keys/rotate");
        let answers = tokio::join!(here.post(path, Some(&token), &nothing), there.post(path, Some(&token), &nothing));
        let (one, other) = (answers.0.str("kid"), answers.1.str("kid"));
        assert_eq!(one, other, "at both nodes at once there is one next key");
        assert!(published(&here).await.contains(&one));
        tokio::time::sleep(READ_AGAIN).await;
        assert!(published(&there).await.contains(&one));
        assert_eq!(*seen.kids.lock().unwrap(), BTreeSet::from([old.clone()]), "the old one signs");
        // Ten minutes go by, as far as the keys are concerned.
        let later = "UPDATE signing_keys SET active_from = active_from - 600000000 WHERE id";
        execute(database, &format!("{later} = '{one}'")).await;
        tokio::time::sleep(READ_AGAIN).await;
        seen.kids.lock().unwrap().clear();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(*seen.kids.lock().unwrap(), BTreeSet::from([one]), "the new one signs, on both");
        for node in [&here, &there] {
            node.get("/v1/me", Some(&admin.access())).await.expect(200);
        }
        is_over.store(true, Ordering::Release);
    };
    tokio::join!(load, rotation);
    let refused = seen.refused.into_inner().unwrap();
    let asked = seen.asked.into_inner();
    println!("{}: {asked} asked, {} refused", database.url.split(':').next().unwrap(), refused.len());
    assert!(refused.is_empty() && asked > 50, "{refused:#?}");
    here.node.stop().await;
    there.node.stop().await;
}
