//! The database away, frozen or half dead: who asks is answered in time, nothing is lost for good, and all is well by
//! itself once it is back.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use keystead::config::database::DatabaseSettings;
use keystead::domain::clock::Deadline;
use keystead::domain::role::USER;
use keystead::sql;
use keystead::store::Store;
use keystead::store::error::StoreError;
use keystead::store::roles::HasAdministrator;
use keystead::store::users::{CreateUser, Created};
use sqlx::{ConnectOptions, Connection};

use crate::ground::{Ground, account};
use crate::proxy::{Line, Proxy, Trick};

on_each_server! {
    a_server_that_stops_is_told_in_time_and_missed_no_longer_than_it_is_away,
    a_server_that_freezes_costs_no_connection,
    connections_that_die_silently_leave_their_places,
    idle_connections_that_died_are_found_out,
}

/// What the database's door gives a unit.
const PATIENCE: Duration = Duration::from_secs(2);
/// Within which everybody has an answer.
const ANSWERED: Duration = Duration::from_secs(5);
/// Within which the first unit succeeds after the server is back.
const HEALED: Duration = Duration::from_secs(10);
const ASKERS: usize = 10;

/// Two connections, so that one that leaks is missed.
async fn detour(ground: &Ground) -> (Proxy, Store) {
    let proxy = Proxy::before(&ground.database.settings).await.unwrap();
    let settings = DatabaseSettings { pool_kept: 1, pool_max: 2, ..proxy.settings(&ground.database.settings) };
    (proxy, Store::open(&settings, ground.clock.clone()).await.unwrap())
}

async fn create(store: &Store, name: &str) -> Result<Created, StoreError> {
    let account = account(&format!("{name}@example.org"));
    store.run(CreateUser { account, role: USER.name }, Deadline::within(PATIENCE)).await
}

/// Asks in many tasks at once, for reads and writes, and checks that all are refused in time.
async fn all_are_refused_in_time(store: &Store) {
    let ask = async |number: usize| {
        let asked = Instant::now();
        let outcome = if number.is_multiple_of(2) {
            create(store, &format!("refused{number}")).await.map(drop)
        } else {
            store.run(HasAdministrator, Deadline::within(PATIENCE)).await.map(drop)
        };
        (outcome, asked.elapsed())
    };
    for (outcome, took) in join_all((0..ASKERS).map(ask)).await {
        assert!(matches!(outcome, Err(StoreError::Unreachable(_) | StoreError::Late)), "{outcome:?}");
        assert!(took < ANSWERED, "{took:?}");
    }
}

async fn heals(store: &Store, name: &str) {
    let back = Instant::now();
    while create(store, name).await.is_err() {
        assert!(back.elapsed() < HEALED, "not healed");
    }
    assert!(back.elapsed() < HEALED, "{:?}", back.elapsed());
    // And wholly: both connections work at the same time, for many.
    let all = join_all((0..ASKERS).map(|_| store.run(HasAdministrator, Deadline::within(PATIENCE)))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
}

async fn a_server_that_stops_is_told_in_time_and_missed_no_longer_than_it_is_away(ground: &Ground) {
    let (proxy, store) = detour(ground).await;
    heals(&store, "before").await;
    proxy.set_line(Line::Cut);
    all_are_refused_in_time(&store).await;
    proxy.set_line(Line::Open);
    heals(&store, "after").await;
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await, 2);
}

async fn a_server_that_freezes_costs_no_connection(ground: &Ground) {
    let (proxy, store) = detour(ground).await;
    heals(&store, "before").await;
    for _ in 0..2 {
        proxy.set_line(Line::Frozen);
        all_are_refused_in_time(&store).await;
    }
    proxy.set_line(Line::Open);
    heals(&store, "after").await;
    // What was sent into the frozen line arrives late, on connections that nobody listens to: it may happen, wholly.
    let users = ground.count(sql!("SELECT COUNT(*) AS n FROM users")).await;
    let grants = ground.count(sql!("SELECT COUNT(*) AS n FROM user_roles")).await;
    assert_eq!(users, grants);
}

/// The answer arrives, then the connection is dead without a word. sqlx asks it for a sign of life before it goes back
/// to the pool, and would wait for that as long as TCP does.
async fn connections_that_die_silently_leave_their_places(ground: &Ground) {
    let (proxy, store) = detour(ground).await;
    proxy.set_trap("COMMIT", Trick::DieSilently, 2);
    for name in ["ada", "bob"] {
        assert_eq!(create(&store, name).await.unwrap(), Created::Yes);
    }
    assert_eq!(proxy.sprung(), 2);
    heals(&store, "after").await;
}

/// The same while nobody asks: the next one waits a quarter of a second for the dead connection and takes another.
async fn idle_connections_that_died_are_found_out(ground: &Ground) {
    let (proxy, store) = detour(ground).await;
    heals(&store, "before").await;
    // Longer than a connection is trusted to live without a sign of it.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    proxy.bury_the_living();
    let asked = Instant::now();
    store.run(HasAdministrator, Deadline::within(PATIENCE)).await.unwrap();
    let took = asked.elapsed();
    // What it costs to dial here and now, without anything dead in the way.
    let asked = Instant::now();
    ground.second_node().await.run(HasAdministrator, Deadline::within(PATIENCE)).await.unwrap();
    let dialling = asked.elapsed();
    assert!(took < Duration::from_millis(500) + 3 * dialling, "{took:?}, where dialling takes {dialling:?}");
}

/// SQLite's way of being away: another process holds the file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_process_holds_is_told_in_time() {
    let ground = Ground::on(crate::databases::Engine::Sqlite).await.unwrap();
    let path = ground.database.settings.data_dir.join("keystead.db");
    let mut other = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let asked = Instant::now();
    for (number, outcome) in
        join_all((0..ASKERS).map(|n| create(&ground.store, ["a", "b"][n % 2]))).await.iter().enumerate()
    {
        let told = matches!(outcome, Err(StoreError::Contended(_) | StoreError::Late));
        assert!(told, "{number}: {outcome:?}");
    }
    assert!(asked.elapsed() < ANSWERED, "{:?}", asked.elapsed());
    assert!(ground.store.run(HasAdministrator, Deadline::within(PATIENCE)).await.is_ok(), "who reads is not held up");
    other.close().await.unwrap();
    heals(&ground.store, "after").await;
}
