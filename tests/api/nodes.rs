//! Two nodes on one database: what ends on one has ended on the other within a second.

use std::time::{Duration, Instant};

use keystead::domain::clock::{Clock, Deadline};
use keystead::domain::session::EndReason;
use keystead::store::Store;
use keystead::store::sessions::EndSession;
use serde_json::json;

use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;
use crate::promptness::a_second;
use crate::rounds::rounds;

on_each_database! {
    a_logout_is_refused_on_the_other_node,
    a_logout_from_another_process_is_refused_on_every_node,
}

const SECOND: Duration = Duration::from_secs(1);

/// How long after `since` the node refused the access token, at `/v1/me` and at introspection.
async fn refused_after(app: &TestApp, client: &(String, String), tokens: &Answer, since: Instant) -> Duration {
    let access = tokens.str("access_token");
    let mut refused_at = [None, None];
    while refused_at.contains(&None) {
        assert!(since.elapsed() < 15 * SECOND, "still let in: {refused_at:?}");
        let asked = since.elapsed();
        let me = app.get("/v1/me", Some(&access)).await;
        if me.status == 401 {
            assert_eq!(me.refusal(), (401, "session_revoked".into()));
            refused_at[0].get_or_insert(asked);
        }
        let asked = since.elapsed();
        if app.introspect(client, &access).await.json() == json!({ "active": false }) {
            refused_at[1].get_or_insert(asked);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    refused_at.into_iter().flatten().max().unwrap()
}

async fn assert_known(app: &TestApp, client: &(String, String), tokens: &Answer) {
    app.get("/v1/me", Some(&tokens.str("access_token"))).await.expect(200);
    assert_eq!(app.introspect(client, &tokens.str("access_token")).await.json()["active"], true);
}

/// In a transaction's time, because a refresh always asks the database.
async fn assert_refresh_refused(app: &TestApp, client: &(String, String), tokens: &Answer) {
    let refresh = tokens.str("refresh_token");
    assert_eq!(app.refresh(&refresh).await.refusal(), (401, "session_revoked".into()));
    assert_eq!(app.introspect(client, &refresh).await.json(), json!({ "active": false }));
}

fn report(database: &TestDatabase, what: &str, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let worst = *latencies.last().unwrap();
    let scheme = database.url.split(':').next().unwrap();
    let (count, median) = (latencies.len(), latencies[latencies.len() / 2]);
    println!("{what}, {scheme}: {count} of {count} refused, median {median:?}, at most {worst:?}");
    assert!(worst <= a_second(), "{what}: {worst:?}");
}

async fn a_logout_is_refused_on_the_other_node(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let client = a.client("users:read").await;
    let mut latencies = Vec::new();
    for round in 0..rounds("RACE_ROUNDS", 20) {
        let (here, there) = if round % 2 == 0 { (&a, &b) } else { (&b, &a) };
        let tokens = here.signed_in().await;
        assert_known(there, &client, &tokens).await;
        let scope = if round / 2 % 2 == 0 { "this" } else { "all" };
        here.logout(&tokens.str("access_token"), scope).await.expect(204);
        let since = Instant::now();
        assert_refresh_refused(there, &client, &tokens).await;
        assert_eq!(here.get("/v1/me", Some(&tokens.str("access_token"))).await.status, 401, "at once on its own node");
        latencies.push(refused_after(there, &client, &tokens, since).await);
    }
    report(database, "a logout on another node", latencies);
    a.node.stop().await;
    b.node.stop().await;
}

async fn a_logout_from_another_process_is_refused_on_every_node(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let client = a.client("users:read").await;
    // What the command line has: the tables, and no way to the nodes' memory.
    let store = Store::open(&database.settings, Clock::system()).await.unwrap();
    let mut latencies = Vec::new();
    for _ in 0..rounds("RACE_ROUNDS", 20) {
        let tokens = a.signed_in().await;
        assert_known(&a, &client, &tokens).await;
        assert_known(&b, &client, &tokens).await;
        let json = tokens.json();
        let id = |value: &serde_json::Value| value.as_str().unwrap().parse().unwrap();
        let end = EndSession {
            session_id: id(&json["session_id"]),
            user_id: id(&json["user"]["id"]),
            reason: EndReason::SignedOut,
            access_ttl: Duration::from_mins(15),
        };
        store.run(end, Deadline::within(2 * SECOND)).await.unwrap();
        let since = Instant::now();
        assert_refresh_refused(&b, &client, &tokens).await;
        let (on_a, on_b) =
            tokio::join!(refused_after(&a, &client, &tokens, since), refused_after(&b, &client, &tokens, since));
        latencies.push(on_a.max(on_b));
    }
    report(database, "a logout from another process", latencies);
    store.close().await;
    a.node.stop().await;
    b.node.stop().await;
}
