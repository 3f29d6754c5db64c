//! The sweeper: takes away what has been dead for a day and nothing else, on one node at a time.

use std::time::Duration;

use keystead::actors::sweeper::Report;
use keystead::domain::clock::{Clock, Deadline, Timestamp};
use keystead::flows::offer_set_up::offer_set_up;
use keystead::store::Store;
use keystead::store::leases::{ReleaseLease, TakeLease};
use keystead::store::sweeping::SWEEPING;

use crate::app::TestApp;
use crate::databases::{Engine, TestDatabase};

const DAY: Duration = Duration::from_hours(24);
const MICRO: Duration = Duration::from_micros(1);

fn soon() -> Deadline {
    Deadline::within(Duration::from_secs(20))
}

fn just_before(span: Duration) -> Duration {
    span.saturating_sub(MICRO)
}

async fn sweep(app: &TestApp) -> Report {
    let sweeper = &app.node.context.house.sweeper;
    let would = sweeper.count(soon()).await.unwrap();
    let did = sweeper.sweep_once(soon()).await.unwrap().unwrap();
    if !did.left_to_another {
        assert_eq!(would, Report { audit_events: 0, ..did }, "a dry run tells what a sweep does");
    }
    did
}

fn swept(sessions: u64, revocations: u64, one_time_tokens: u64) -> Report {
    Report { sessions, revocations, one_time_tokens, ..Report::default() }
}

/// To the microsecond, by a clock that is set by hand; so on SQLite, which has none of its own.
#[actix_web::test]
async fn what_is_dead_for_a_day_goes_and_nothing_else() {
    let Some(database) = TestDatabase::create(Engine::Sqlite).await else { return };
    let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
    // Refresh tokens that live as long as their session, so that the one who stays can be asked about.
    let settings = [("JWT_REFRESH_TOKEN_EXPIRES", "2592000")];
    let app = TestApp::spawn_with_clock(&database.url, &settings, clock.clone()).await;
    let (ended, stays) = (app.signed_in().await, app.signed_in().await);
    offer_set_up(&app.node.context, soon()).await.unwrap().unwrap();
    app.logout(&ended.str("access_token"), "this").await.expect(204);
    assert_eq!(sweep(&app).await, swept(0, 0, 0));
    // A revocation says itself until when it matters: the access token's 15 minutes and half a minute more.
    clock.advance(Duration::from_secs(930));
    assert_eq!(sweep(&app).await, swept(0, 0, 0));
    clock.advance(MICRO);
    assert_eq!(sweep(&app).await, swept(0, 1, 0));
    clock.advance(just_before(DAY).saturating_sub(Duration::from_secs(930)));
    assert_eq!(sweep(&app).await, swept(0, 0, 0), "a day, not a moment less");
    assert_eq!(app.refresh(&ended.str("refresh_token")).await.refusal(), (401, "session_revoked".into()));
    clock.advance(MICRO);
    assert_eq!(sweep(&app).await, swept(1, 0, 0));
    assert_eq!(app.refresh(&ended.str("refresh_token")).await.refusal(), (401, "invalid_refresh_token".into()));
    // The set-up token was good for a day, and has been dead for another.
    clock.advance(just_before(DAY));
    assert_eq!(sweep(&app).await, swept(0, 0, 0));
    clock.advance(MICRO);
    assert_eq!(sweep(&app).await, swept(0, 0, 1));
    // A session that nobody ended is dead after 30 days.
    clock.advance(just_before(28 * DAY));
    assert_eq!(app.refresh(&stays.str("refresh_token")).await.refusal(), (401, "session_expired".into()));
    clock.advance(DAY);
    assert_eq!(sweep(&app).await, swept(0, 0, 0));
    clock.advance(MICRO);
    assert_eq!(sweep(&app).await, swept(1, 0, 0));
    assert_eq!(sweep(&app).await, swept(0, 0, 0));
    app.node.stop().await;
}

/// More than one batch, and only the dead ones.
async fn many_dead_sessions_go(engine: Engine) {
    let Some(database) = TestDatabase::create(engine).await else { return };
    let app = TestApp::spawn(&database.url, &[]).await;
    let email = crate::app::new_email();
    app.register(&email).await.expect(201);
    let mut dying = Vec::new();
    for _ in 0..40 {
        dying.extend(futures_util::future::join_all((0..5).map(|_| app.login(&email))).await);
    }
    for login in &dying {
        app.logout(&login.str("access_token"), "this").await.expect(204);
    }
    let lives = app.login(&email).await.expect(200);
    assert_eq!(sweep(&app).await, swept(0, 0, 0));
    // The same tables, two days later.
    let later = Clock::system();
    later.set_offset_micros(i64::try_from((2 * DAY).as_micros()).unwrap());
    let report = sweep_with(&database, later).await;
    assert_eq!(report, swept(200, 200, 0));
    app.refresh(&lives.str("refresh_token")).await.expect(200);
    app.node.stop().await;
}

async fn sweep_with(database: &TestDatabase, clock: Clock) -> Report {
    use keystead::actors::{database, sweeper};
    let store = Store::open(&database.settings, clock.clone()).await.unwrap();
    let settings = sweeper::SweepSettings { interval: DAY, batch: Duration::from_millis(10) };
    // The door measures its clock against the database's, which would undo the two days: so a clock apart.
    let door = database::start(store, Clock::system());
    let sweeping = sweeper::start(settings, None, uuid::Uuid::now_v7(), door, clock);
    sweeping.sweep_once(soon()).await.unwrap().unwrap()
}

#[actix_web::test]
async fn many_go_on_sqlite() {
    many_dead_sessions_go(Engine::Sqlite).await;
}

#[actix_web::test]
async fn many_go_on_mariadb() {
    many_dead_sessions_go(Engine::MariaDb).await;
}

#[actix_web::test]
async fn many_go_on_postgres() {
    many_dead_sessions_go(Engine::Postgres).await;
}

#[actix_web::test]
async fn a_lease_that_another_node_holds_is_respected_until_it_runs_out() {
    let Some(database) = TestDatabase::create(Engine::Sqlite).await else { return };
    let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
    let app = TestApp::spawn_with_clock(&database.url, &[], clock.clone()).await;
    let ended = app.signed_in().await;
    app.logout(&ended.str("access_token"), "this").await.expect(204);
    clock.advance(2 * DAY);
    let doors = &app.node.context.house.database;
    let take = || TakeLease { name: SWEEPING, holder: uuid::Uuid::now_v7(), ttl: Duration::from_secs(30) };
    let lease = doors.run(take(), soon()).await.unwrap().unwrap();
    let left = Report { left_to_another: true, ..Report::default() };
    assert_eq!(sweep(&app).await, left);
    clock.advance(just_before(Duration::from_secs(30)));
    assert_eq!(sweep(&app).await, left);
    clock.advance(MICRO);
    assert_eq!(sweep(&app).await, swept(1, 1, 0));
    // Given back in time, it is free at once; and the one from before is worth nothing any more.
    let next = doors.run(take(), soon()).await.unwrap().unwrap();
    assert!(next.fence > lease.fence);
    assert_eq!(doors.run(ReleaseLease { name: SWEEPING, lease }, soon()).await.unwrap(), 0);
    assert_eq!(sweep(&app).await, left);
    assert_eq!(doors.run(ReleaseLease { name: SWEEPING, lease: next }, soon()).await.unwrap(), 1);
    assert_eq!(sweep(&app).await, swept(0, 0, 0));
    app.node.stop().await;
}
