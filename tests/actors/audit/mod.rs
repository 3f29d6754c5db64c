//! The audit trail under seal: what the notary writes, what a check finds in it, and what the sweeper lets go.

mod columns;
mod dropping;
mod erasing;
mod notary;
mod tampering;
mod trials;

use std::sync::Arc;
use std::time::Duration;

use keystead::actors::database::{self, DatabaseDoor};
use keystead::actors::sealing::Sealer;
use keystead::domain::audit_chain::{Finding, Flaw};
use keystead::domain::audit_event::{Action, Actor, NewEvent, Personal};
use keystead::domain::clock::{Clock, Deadline, Timestamp};
use keystead::flows::verify_audit::{Expected, Verdict, verify_audit};
use keystead::store::Store;
use keystead::store::audit_events::WriteEvents;
use keystead::store::audit_seals::{SEALING, SealEvents};
use keystead::store::conn::Conn;
use keystead::store::leases::TakeLease;
use keystead::store::query::Query;
use keystead::store::sql::Sql;
use uuid::Uuid;

use crate::app::SECRET_KEY;
use crate::databases::{Engine, TestDatabase};

const TTL: Duration = Duration::from_hours(1);

fn soon() -> Deadline {
    Deadline::within(Duration::from_secs(20))
}

/// Makes a module of three tests of each `async fn name(trail: Trail)`.
macro_rules! on_each_database {
    ($($check:ident),+ $(,)?) => {$(
        mod $check {
            use crate::databases::Engine;

            #[actix_web::test]
            async fn sqlite() {
                crate::audit::on(Engine::Sqlite, super::$check).await;
            }

            #[actix_web::test]
            async fn mariadb() {
                crate::audit::on(Engine::MariaDb, super::$check).await;
            }

            #[actix_web::test]
            async fn postgres() {
                crate::audit::on(Engine::Postgres, super::$check).await;
            }
        }
    )+};
}
use on_each_database;

async fn on(engine: Engine, check: impl AsyncFnOnce(Trail)) {
    if let Some(trail) = Trail::begin(engine).await {
        check(trail).await;
    }
}

/// A trail of its own, without a node.
struct Trail {
    clock: Clock,
    door: DatabaseDoor,
    sealer: Arc<Sealer>,
    /// Last, so that the database outlives its connections.
    database: TestDatabase,
}

impl Trail {
    async fn begin(engine: Engine) -> Option<Self> {
        let database = TestDatabase::create(engine).await?;
        let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
        let store = Store::open(&database.settings, clock.clone()).await.unwrap();
        // The door measures its clock against the database's: so a clock apart.
        let door = database::start(store, Clock::system());
        let sealer = Arc::new(Sealer::new(SECRET_KEY.as_bytes(), None).unwrap());
        Some(Self { clock, door, sealer, database })
    }

    fn is_sqlite(&self) -> bool {
        self.database.settings.target.is_sqlite()
    }

    async fn run<Q: Query>(&self, query: Q) -> Q::Output {
        self.door.run(query, soon()).await.unwrap()
    }

    /// An event with something in every column, and what is personal.
    fn event(person: Uuid) -> NewEvent {
        let event = NewEvent::new(Uuid::now_v7(), Action::SessionBegun, Actor::person(person));
        let personal = Personal {
            ip: Some("2001:db8::1".to_owned()),
            user_agent: Some("a browser".to_owned()),
            identifier: Some("ada@example.org".to_owned()),
        };
        let event = event.about(person).session(Uuid::now_v7()).with("amr", "pwd otp");
        NewEvent { personal, request_id: Some("request-1".to_owned()), ..event }
    }

    /// So many events, each a millisecond after the one before.
    async fn write(&self, person: Uuid, count: usize) -> Vec<Uuid> {
        let mut ids = Vec::new();
        for _ in 0..count {
            let event = Self::event(person);
            ids.push(event.id);
            self.run(WriteEvents(vec![event])).await;
            self.clock.advance(Duration::from_millis(1));
        }
        ids
    }

    /// Puts at most so many under the next seal.
    async fn seal(&self, limit: u16) -> u64 {
        let lease = self.run(TakeLease { name: SEALING, holder: Uuid::nil(), ttl: TTL }).await.unwrap();
        let key = Arc::<Sealer>::clone(&self.sealer);
        self.run(SealEvents { lease, lease_ttl: TTL, limit, key }).await.unwrap()
    }

    /// Seals of four events each; their ids in order.
    async fn seals_of_four(&self, seals: usize) -> Vec<Uuid> {
        let ids = self.write(Uuid::now_v7(), 4 * seals).await;
        for _ in 0..seals {
            assert_eq!(self.seal(4).await, 4);
        }
        assert_eq!(self.flaws().await, []);
        ids
    }

    async fn check(&self) -> (Verdict, Vec<Finding>) {
        self.check_with(&self.sealer, None).await
    }

    async fn check_with(&self, sealer: &Sealer, expected: Option<Expected>) -> (Verdict, Vec<Finding>) {
        let mut findings = Vec::new();
        let tell = |finding: &Finding| findings.push(finding.clone());
        let verdict = verify_audit(&self.door, sealer, expected, tell).await.unwrap();
        assert_eq!(verdict.findings, findings.len() as u64);
        (verdict, findings)
    }

    async fn flaws(&self) -> Vec<(i64, Flaw)> {
        self.check().await.1.into_iter().map(|finding| (finding.seal, finding.flaw)).collect()
    }

    /// Takes somebody's personal data away; how much of it there was.
    async fn erase(&self, person: Uuid) -> u64 {
        self.run(OfId(keystead::sql!("DELETE FROM audit_personal WHERE person_id = ?"), person)).await
    }

    /// Changes what no query of the server would; the number of rows.
    async fn tamper(&self, sql: Sql) -> u64 {
        self.run(Tamper(sql)).await
    }
}

/// A statement about one id.
struct OfId(Sql, Uuid);

impl Query for OfId {
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(self.0).bind(self.1).execute().await
    }
}

/// A statement without parameters.
struct Tamper(Sql);

impl Query for Tamper {
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(self.0).execute().await
    }
}
