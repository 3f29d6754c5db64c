//! What a contract stands on: a store over a database of its own, a clock that moves by hand only, and people to write
//! about. `on_each_database!` makes three tests of each contract that it names.

use std::time::Duration;

use keystead::domain::account::NewAccount;
use keystead::domain::clock::{Clock, Deadline, Timestamp};
use keystead::domain::email::Email;
use keystead::domain::refresh_token::{Verdict, judge};
use keystead::domain::role::{ADMIN, BUILT_IN, USER};
use keystead::domain::session::NewSession;
use keystead::domain::username::Username;
use keystead::store::Store;
use keystead::store::conn::Conn;
use keystead::store::error::StoreError;
use keystead::store::one_time_tokens::{IssueToken, Kind, NewToken};
use keystead::store::query::Query;
use keystead::store::refresh_tokens::{FamilyRow, FindFamily};
use keystead::store::roles::EnsureRole;
use keystead::store::sessions::{OpenSession, Opened};
use keystead::store::sql::Sql;
use keystead::store::users::{CreateUser, Created};
use uuid::Uuid;

use crate::databases::{Engine, TestDatabase};

/// A test that takes longer hangs; the slowest takes a tenth of that, and a race of 200 rounds a third.
const TEST_PATIENCE: Duration = Duration::from_mins(3);
/// For one unit, while two test threads and three databases share two cores.
pub const UNIT_PATIENCE: Duration = Duration::from_secs(10);
/// When every test begins.
pub const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
pub const ACCESS_TTL: Duration = Duration::from_mins(15);
pub const HOUR: Duration = Duration::from_hours(1);

/// Makes a module of three tests, `sqlite`, `mariadb` and `postgres`, of each `async fn name(ground: &Ground)`.
macro_rules! on_each_database {
    ($($contract:ident),+ $(,)?) => {$(on_each! { $contract: sqlite Sqlite, mariadb MariaDb, postgres Postgres })+};
}

/// The same for what has to do with a server.
macro_rules! on_each_server {
    ($($contract:ident),+ $(,)?) => {$(on_each! { $contract: mariadb MariaDb, postgres Postgres })+};
}

macro_rules! on_each {
    ($contract:ident: $($test:ident $engine:ident),+) => {
        mod $contract {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    crate::ground::on(crate::databases::Engine::$engine, super::$contract).await;
                }
            )+
        }
    };
}

/// A token for the first administrator.
pub fn set_up_token(token_hash: [u8; 32], expires_at: Timestamp) -> IssueToken {
    let (id, kind) = (Uuid::now_v7(), Kind::SetUp);
    let token = NewToken { id, kind, token_hash, user_id: None, payload: None, expires_at };
    IssueToken { token, withdraws_earlier: true }
}

pub async fn on(engine: Engine, contract: impl AsyncFnOnce(&Ground)) {
    let Some(ground) = Ground::on(engine).await else { return };
    tokio::time::timeout(TEST_PATIENCE, contract(&ground)).await.expect("the test ended in time");
    ground.store.close().await;
}

pub struct Ground {
    pub store: Store,
    pub clock: Clock,
    pub database: TestDatabase,
}

impl Ground {
    /// With the built-in roles, and nobody yet.
    pub async fn on(engine: Engine) -> Option<Self> {
        let database = TestDatabase::create(engine).await?;
        let clock = Clock::by_hand(START);
        let store = Store::open(&database.settings, clock.clone()).await.unwrap();
        let ground = Self { store, clock, database };
        for role in BUILT_IN {
            ground.run(EnsureRole(role)).await;
        }
        Some(ground)
    }

    /// The same database and the same time, another pool.
    pub async fn second_node(&self) -> Store {
        Store::open(&self.database.settings, self.clock.clone()).await.unwrap()
    }

    pub fn is_sqlite(&self) -> bool {
        self.database.settings.target.is_sqlite()
    }

    pub async fn run<Q: Query>(&self, query: Q) -> Q::Output {
        self.try_run(query).await.unwrap()
    }

    pub async fn try_run<Q: Query>(&self, query: Q) -> Result<Q::Output, StoreError> {
        self.store.run(query, Deadline::within(UNIT_PATIENCE)).await
    }

    pub async fn count(&self, sql: Sql) -> i64 {
        self.run(Count(sql)).await
    }

    /// An account with the role `user` and the address `NAME@example.org`.
    pub async fn user(&self, name: &str) -> Uuid {
        let account = account(&format!("{name}@example.org"));
        let id = account.id;
        assert_eq!(self.run(CreateUser { account, role: USER.name }).await, Created::Yes);
        id
    }

    pub async fn administrator(&self, name: &str) -> Uuid {
        let account = account(&format!("{name}@example.org"));
        let id = account.id;
        assert_eq!(self.run(CreateUser { account, role: ADMIN.name }).await, Created::Yes);
        id
    }

    /// A session that begins now: a day at most, an hour when nobody refreshes it.
    pub async fn session(&self, user_id: Uuid) -> NewSession {
        let new = self.new_session(user_id);
        assert_eq!(self.run(OpenSession(new.clone())).await, Opened::Yes(Vec::new()));
        new
    }

    pub fn new_session(&self, user_id: Uuid) -> NewSession {
        let now = self.clock.now();
        NewSession {
            id: Uuid::now_v7(),
            family_id: Uuid::now_v7(),
            user_id,
            auth_epoch: 0,
            mac_key_id: Uuid::nil(),
            auth_time: now,
            expires_at: now.plus(24 * HOUR),
            idle_expires_at: now.plus(HOUR),
            amr: "pwd".to_owned(),
            ip: Some("2001:db8::1".to_owned()),
            user_agent: Some("a browser".to_owned()),
            limit: None,
        }
    }

    pub async fn family(&self, session: &NewSession) -> FamilyRow {
        self.run(FindFamily { family_id: session.family_id }).await.unwrap()
    }

    /// What becomes of a refresh token of `generation`, with a grace of ten seconds.
    pub async fn verdict(&self, session: &NewSession, generation: u32, attempt: Uuid) -> Verdict {
        let family = self.family(session).await.family();
        judge(&family, generation, attempt, self.clock.now(), Duration::from_secs(10))
    }
}

/// Without a password.
pub fn account(email: &str) -> NewAccount {
    NewAccount { email: Some(Email::parse(email).unwrap()), ..nobody() }
}

pub fn named(username: &str) -> NewAccount {
    NewAccount { username: Some(Username::parse(username).unwrap()), ..nobody() }
}

fn nobody() -> NewAccount {
    let id = Uuid::now_v7();
    let created_at = START;
    NewAccount {
        id,
        email: None,
        username: None,
        hashed_password: None,
        display_name: None,
        metadata: None,
        email_verified_at: None,
        created_at,
    }
}

/// A number that one statement without parameters gives.
struct Count(Sql);

#[derive(sqlx::FromRow)]
struct Number {
    n: i64,
}

impl Query for Count {
    type Output = i64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<i64> {
        let found: Number = conn.query(self.0).one().await?;
        Ok(found.n)
    }
}

/// A statement that changes the row of one id: what an administrator or a later version would do.
pub struct Change(pub Sql, pub Uuid);

impl Query for Change {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        conn.query(self.0).bind(self.1).execute().await
    }
}

pub const LOCK: Sql = keystead::sql!("UPDATE users SET locked_at = 1 WHERE id = ?");
pub const UNLOCK: Sql = keystead::sql!("UPDATE users SET locked_at = NULL WHERE id = ?");
pub const DISABLE: Sql = keystead::sql!("UPDATE users SET active = FALSE WHERE id = ?");
