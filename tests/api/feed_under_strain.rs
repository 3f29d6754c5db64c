//! The feed of revocations where it could miss something: commits that come late, and nodes whose clocks are a minute
//! off. Each revocation is heard by a reader who waits, on either node, within a second of its COMMIT.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use keystead::domain::clock::Deadline;
use keystead::store::administrators::Promote;
use serde_json::Value;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, raw_sql};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;
use uuid::Uuid;

use crate::app::{Answer, TestApp, new_email};
use crate::databases::{Engine, TestDatabase};
use crate::other_clock::OtherClock;
use crate::promptness::a_second;
use crate::run_on;

on_each_server! {
    two_hundred_of_all_kinds_with_clocks_a_minute_apart,
    commits_that_come_late_are_heard_too,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// When each revocation was acknowledged or heard, by a name that both sides know.
#[derive(Default)]
struct Moments(Mutex<BTreeMap<String, Instant>>);

impl Moments {
    fn note(&self, name: String) {
        self.0.lock().unwrap().entry(name).or_insert_with(Instant::now);
    }

    fn all(&self) -> BTreeMap<String, Instant> {
        self.0.lock().unwrap().clone()
    }
}

fn name_of(item: &Value) -> String {
    let kind = item["type"].as_str().unwrap();
    let of = match kind {
        "session_ended" => "sid",
        "user_sessions_ended" | "claims_changed" => "sub",
        _ => "id",
    };
    format!("{kind} {}", item[of].as_str().unwrap())
}

struct Reader<'a> {
    app: &'a TestApp,
    client: (String, String),
    /// For the control: it continues after the newest that it has seen, as anybody would who knows no better.
    is_naive: bool,
}

impl<'a> Reader<'a> {
    async fn new(app: &'a TestApp) -> Self {
        Self { app, client: app.client("revocations:read").await, is_naive: false }
    }

    async fn token(&self) -> String {
        let (client, form) = ((self.client.0.as_str(), self.client.1.as_str()), [("grant_type", "client_credentials")]);
        self.app.form("/oauth2/token", Some(client), &form).await.expect(200).str("access_token")
    }

    /// Reads until it is told to stop, and then until nothing is new.
    async fn read(&self, heard: &Moments, mut stop: watch::Receiver<bool>) {
        let (mut token, mut cursor) = (self.token().await, String::new());
        loop {
            let path = format!("/v1/revocations?wait=20&since={cursor}");
            let page = tokio::select! {
                page = self.app.get(&path, Some(&token)) => page,
                stopped = stop.wait_for(|stopped| *stopped) => {
                    stopped.unwrap();
                    return;
                }
            };
            if page.status == 401 {
                // Its own token may be among those that ended.
                tokio::time::sleep(SECOND / 10).await;
                token = self.token().await;
                continue;
            }
            let page = page.expect(200);
            let items = page.json()["items"].as_array().unwrap().clone();
            for item in &items {
                heard.note(name_of(item));
            }
            cursor = match items.last() {
                Some(newest) if self.is_naive => just_after(newest),
                _ => page.str("next_cursor"),
            };
        }
    }
}

/// A cursor after an item, with nothing of what makes cursors safe.
fn just_after(item: &Value) -> String {
    let at = OffsetDateTime::parse(item["at"].as_str().unwrap(), &Rfc3339).unwrap();
    let micros = i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap() + 1_000;
    let bytes = [&[1], &micros.to_be_bytes()[..], &[0; 16], &[0; 8], &[0; 16]].concat();
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// That everything was heard, and how late at most.
fn worst(what: &str, acknowledged: &Moments, heard: &Moments) -> Duration {
    let (acknowledged, heard) = (acknowledged.all(), heard.all());
    let missed: Vec<_> = acknowledged.keys().filter(|name| !heard.contains_key(*name)).collect();
    assert!(missed.is_empty(), "{what}: {} of {} missed: {missed:?}", missed.len(), acknowledged.len());
    let late = acknowledged.iter().map(|(name, at)| heard[name].saturating_duration_since(*at));
    let mut late: Vec<_> = late.collect();
    late.sort_unstable();
    let (median, worst) = (late[late.len() / 2], late[late.len() - 1]);
    println!("{what}: {} of {} heard, median {median:?}, at most {worst:?}", late.len(), late.len());
    worst
}

/// Somebody with sessions of which two are ended alone.
struct Somebody {
    id: String,
    sessions: Vec<Answer>,
}

async fn somebody(app: &TestApp) -> Somebody {
    let email = new_email();
    let id = app.register(&email).await.expect(201).json()["user"]["id"].as_str().unwrap().to_owned();
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(app.login(&email).await.expect(200));
    }
    Somebody { id, sessions }
}

/// Four revocations: two sessions, a role, and everything that is left.
async fn four(apps: [&TestApp; 2], somebody: &Somebody, n: usize, told: &Moments) {
    for (place, session) in somebody.sessions[..2].iter().enumerate() {
        apps[(n + place) % 2].logout(&session.str("access_token"), "this").await.expect(204);
        told.note(format!("session_ended {}", session.str("session_id")));
    }
    let last = somebody.sessions[2].str("access_token");
    let scope = if n.is_multiple_of(3) { "others" } else { "all" };
    apps[n % 2].logout(&last, scope).await.expect(204);
    told.note(format!("user_sessions_ended {}", somebody.id));
    let promote = Promote { user_id: somebody.id.parse().unwrap(), access_ttl: 15 * MINUTE };
    let database = &apps[(n + 1) % 2].node.context.house.database;
    assert!(database.run(promote, Deadline::within(10 * SECOND)).await.unwrap());
    told.note(format!("claims_changed {}", somebody.id));
}

async fn two_hundred_of_all_kinds_with_clocks_a_minute_apart(database: &TestDatabase) {
    let (ahead, behind) = (OtherClock::ahead_by(MINUTE), OtherClock::behind_by(MINUTE));
    let a = TestApp::spawn_with_clock(&database.url, &[], ahead.clock.clone()).await;
    let b = TestApp::spawn_with_clock(&database.url, &[], behind.clock.clone()).await;
    let (told, heard_on_a, heard_on_b) = (Moments::default(), Moments::default(), Moments::default());
    let readers = [Reader::new(&a).await, Reader::new(&b).await];
    let people = join_all((0..48).map(|n| somebody(if n % 2 == 0 { &a } else { &b }))).await;
    let (stop, stopped) = watch::channel(false);
    let ending = async {
        for (n, pair) in people.chunks(2).enumerate() {
            tokio::join!(four([&a, &b], &pair[0], 2 * n, &told), four([&b, &a], &pair[1], 2 * n + 1, &told));
            tokio::time::sleep(Duration::from_millis((n * 7 % 37) as u64)).await;
        }
        let mut conn = Raw::connect(database).await;
        let rows: Vec<_> = (0..8).map(|n| (Uuid::now_v7(), ["all", "all_claims"][n % 2])).collect();
        conn.run(&conn.insert(&rows, None)).await;
        for (id, kind) in &rows {
            let word = if *kind == "all" { "all_ended" } else { "all_claims_changed" };
            told.note(format!("{word} {id}"));
        }
        tokio::time::sleep(2 * SECOND).await;
        stop.send(true).unwrap();
    };
    tokio::join!(ending, readers[0].read(&heard_on_a, stopped.clone()), readers[1].read(&heard_on_b, stopped));
    assert_eq!(told.all().len(), 200);
    for (what, heard) in [("read on the node ahead", &heard_on_a), ("read on the node behind", &heard_on_b)] {
        assert!(worst(what, &told, heard) < a_second(), "{what}");
    }
    a.node.stop().await;
    b.node.stop().await;
}

/// The control of the test above: SQLite has no clock of its own, so nothing puts these two right. (Nodes on one file
/// share a machine, and its clock.)
#[actix_web::test]
async fn clocks_that_nothing_corrects_hide_a_logout() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let (ahead, behind) = (OtherClock::ahead_by(MINUTE), OtherClock::behind_by(MINUTE));
        // This one first, or the first signing key would not sign yet for it.
        let b = TestApp::spawn_with_clock(&database.url, &[], behind.clock.clone()).await;
        let a = TestApp::spawn_with_clock(&database.url, &[], ahead.clock.clone()).await;
        let access = b.signed_in().await.str("access_token");
        b.logout(&access, "this").await.expect(204);
        tokio::time::sleep(2 * SECOND).await;
        // It has read the whole log at its start, and since then what is at most ten seconds old by its own clock.
        a.get("/v1/me", Some(&access)).await.expect(200);
        a.node.stop().await;
        b.node.stop().await;
    })
    .await;
}

/// A connection of the test's own, which can take its time.
enum Raw {
    MariaDb(MySqlConnection),
    Postgres(PgConnection),
}

impl Raw {
    async fn connect(database: &TestDatabase) -> Self {
        let url = database.url.as_str();
        if url.starts_with("mysql") {
            Self::MariaDb(url.parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap())
        } else {
            Self::Postgres(url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap())
        }
    }

    async fn run(&mut self, sql: &str) {
        let sql = raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::MariaDb(conn) => drop(sql.execute(conn).await.unwrap()),
            Self::Postgres(conn) => drop(sql.execute(conn).await.unwrap()),
        }
    }

    /// The rows of these revocations, as of now; `session`: whose session it is, where it is one.
    fn insert(&self, rows: &[(Uuid, &str)], session: Option<(Uuid, Uuid)>) -> String {
        let now = match self {
            Self::MariaDb(_) => "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
            Self::Postgres(_) => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        };
        let literal = |id: Uuid| match self {
            Self::MariaDb(_) => format!("x'{}'", id.simple()),
            Self::Postgres(_) => format!("'{id}'"),
        };
        let (session_id, user_id) =
            session.map_or(("NULL".into(), "NULL".into()), |(session, user)| (literal(session), literal(user)));
        let row = |(id, kind): &(Uuid, &str)| {
            let id = literal(*id);
            format!("({id}, {now}, '{kind}', {session_id}, {user_id}, 'test', {now} + 900000000)")
        };
        let rows = rows.iter().map(row).collect::<Vec<_>>().join(", ");
        format!("INSERT INTO revocations (id, at, kind, session_id, user_id, reason, expires_at) VALUES {rows}")
    }
}

/// The time of the row is that of the INSERT; seen it can be only after the COMMIT, up to a statement's deadline later.
async fn commit_late(database: &TestDatabase, tokens: &Answer, after: Duration, told: &Moments) {
    let mut conn = Raw::connect(database).await;
    let json = tokens.json();
    let id = |value: &Value| value.as_str().unwrap().parse::<Uuid>().unwrap();
    let session = (id(&json["session_id"]), id(&json["user"]["id"]));
    let insert = conn.insert(&[(Uuid::now_v7(), "session")], Some(session));
    conn.run("BEGIN").await;
    conn.run(&insert).await;
    tokio::time::sleep(after).await;
    conn.run("COMMIT").await;
    told.note(format!("session_ended {}", session.0));
}

async fn commits_that_come_late_are_heard_too(database: &TestDatabase) {
    let (a, b) = (TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await);
    let client = a.client("users:read").await;
    let (told, heard, heard_naively) = (Moments::default(), Moments::default(), Moments::default());
    let reader = Reader::new(&b).await;
    let naive = Reader { is_naive: true, ..Reader::new(&b).await };
    let late: Vec<Answer> = join_all((0..20).map(|_| a.signed_in())).await;
    let prompt: Vec<Answer> = join_all((0..30).map(|_| a.signed_in())).await;
    let (stop, stopped) = watch::channel(false);
    let ending = async {
        let delays = late.iter().enumerate().map(|(n, tokens)| async move {
            tokio::time::sleep(Duration::from_millis((n * 97 % 1_000) as u64)).await;
            (tokens, Duration::from_millis((n as u64 + 1) * 75))
        });
        let all_late = join_all(delays.map(|delay| async {
            let (tokens, after) = delay.await;
            commit_late(database, tokens, after, &told).await;
        }));
        let all_prompt = async {
            for tokens in &prompt {
                a.logout(&tokens.str("access_token"), "this").await.expect(204);
                told.note(format!("session_ended {}", tokens.str("session_id")));
                tokio::time::sleep(Duration::from_millis(80)).await;
            }
        };
        tokio::join!(all_late, all_prompt);
        // The memory of both nodes reads the same log.
        tokio::time::sleep(SECOND).await;
        for (app, tokens) in late.iter().flat_map(|tokens| [(&a, tokens), (&b, tokens)]) {
            let told = app.introspect(&client, &tokens.str("access_token")).await.json();
            assert_eq!(told["active"], false, "{}", tokens.str("session_id"));
        }
        tokio::time::sleep(SECOND).await;
        stop.send(true).unwrap();
    };
    let (read, read_naively) = (reader.read(&heard, stopped.clone()), naive.read(&heard_naively, stopped));
    tokio::join!(ending, read, read_naively);
    assert!(worst("late commits", &told, &heard) < a_second());
    let (told, naively) = (told.all(), heard_naively.all());
    let missed = told.keys().filter(|name| !naively.contains_key(*name)).count();
    println!("the control, a reader who continues after the newest: {missed} of {} missed", told.len());
    assert!(missed > 0, "nothing came late: there was nothing to miss");
    a.node.stop().await;
    b.node.stop().await;
}
