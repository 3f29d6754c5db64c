//! A panic in a handler is an error for its caller and nothing else: the actor answers afterwards.

use std::time::Duration;

use keystead::actors::database::DatabaseError;
use keystead::actors::door::Refused;
use keystead::actors::hasher::messages::Disturb;
use keystead::domain::clock::Deadline;
use keystead::store::conn::Conn;
use keystead::store::error::StoreError;
use keystead::store::query::{Access, Query};
use keystead::store::roles::HasAdministrator;

use crate::app::TestApp;
use crate::databases::{Engine, TestDatabase};
use crate::until;

/// More than any actor has threads or places that a leak would show in slowly.
const TIMES: usize = 20;

fn soon() -> Deadline {
    Deadline::within(Duration::from_secs(5))
}

async fn node(engine: Engine) -> Option<(TestApp, TestDatabase)> {
    let database = TestDatabase::create(engine).await?;
    Some((TestApp::spawn(&database.url, &[]).await, database))
}

#[actix_web::test]
async fn every_actor_outlives_its_panics() {
    let Some((app, _database)) = node(Engine::Sqlite).await else { return };
    let house = &app.node.context.house;
    for _ in 0..TIMES {
        assert_eq!(house.issuer.panic_on_purpose().await, Err(Refused::Panicked));
        assert_eq!(house.revocations.panic_on_purpose().await, Err(Refused::Panicked));
        assert_eq!(house.sweeper.panic_on_purpose().await, Err(Refused::Panicked));
        assert_eq!(house.notary.panic_on_purpose().await, Err(Refused::Panicked));
        assert_eq!(house.mailer.panic_on_purpose().await, Err(Refused::Panicked));
        assert_eq!(house.hasher.disturb(Disturb::Panic, soon()).await, Err(Refused::Panicked));
    }
    house.issuer.read_keys(soon()).await.unwrap();
    house.revocations.read_now(soon()).await.unwrap();
    assert!(!house.sweeper.sweep_once(soon()).await.unwrap().unwrap().left_to_another);
    assert!(!house.notary.seal_once(soon()).await.unwrap().unwrap().left_to_another);
    house.mailer.send_due(soon()).await.unwrap().unwrap();
    assert!(house.hasher.hash("a password".to_owned().into(), soon()).await.is_ok());
    assert_eq!(house.unready(soon()).await, []);
    let login = app.signed_in().await;
    app.refresh(&login.str("refresh_token")).await.expect(200);
    app.node.stop().await;
}

/// Panics in the middle, after a statement that would have an effect.
struct PanicInside<const WRITES: bool>;

impl<const WRITES: bool> Query for PanicInside<WRITES> {
    const ACCESS: Access = if WRITES { Access::Write } else { Access::Read };
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        if WRITES {
            conn.query(keystead::sql!("DELETE FROM refresh_tokens")).execute().await?;
        }
        panic!("on purpose")
    }
}

async fn the_database_outlives_panics_of_its_units(engine: Engine) {
    let Some((app, _database)) = node(engine).await else { return };
    let database = &app.node.context.house.database;
    let login = app.signed_in().await;
    for _ in 0..TIMES {
        let read = database.run(PanicInside::<false>, soon()).await.unwrap_err();
        let write = database.run(PanicInside::<true>, soon()).await.unwrap_err();
        for refused in [read, write] {
            let panicked =
                matches!(refused, DatabaseError::Door(Refused::Panicked) | DatabaseError::Store(StoreError::Panicked));
            assert!(panicked, "{refused:?}");
        }
        assert!(!database.run(HasAdministrator, soon()).await.unwrap());
    }
    // The node's own rounds have units under way now and then; those that panicked must not be among them for ever.
    until("no unit is under way", || database.units_under_way() == 0).await;
    // What the unit had done before it panicked is undone.
    app.refresh(&login.str("refresh_token")).await.expect(200);
    app.signed_in().await;
    app.node.stop().await;
}

#[actix_web::test]
async fn sqlite_outlives_panics_of_its_units() {
    the_database_outlives_panics_of_its_units(Engine::Sqlite).await;
}

#[actix_web::test]
async fn mariadb_outlives_panics_of_its_units() {
    the_database_outlives_panics_of_its_units(Engine::MariaDb).await;
}

#[actix_web::test]
async fn postgres_outlives_panics_of_its_units() {
    the_database_outlives_panics_of_its_units(Engine::Postgres).await;
}
