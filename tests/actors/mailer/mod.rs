//! The mailer against a real mail server on loopback: what arrives, how often, and what becomes of the rest.

mod entrances;
mod failures;
mod pace;
mod sending;

use std::sync::Arc;
use std::time::{Duration, Instant};

use keystead::actors::database::{self, DatabaseDoor};
use keystead::actors::mailer::{self, MailPatience, MailerDoor, MailerError, MailerSettings};
use keystead::actors::sealing::Sealer;
use keystead::domain::clock::{Clock, Deadline, Timestamp};
use keystead::domain::letter::Letter;
use keystead::domain::secret_token::SecretToken;
use keystead::store::Store;
use keystead::store::conn::Conn;
use keystead::store::query::{Access, Query};
use uuid::Uuid;

use crate::app::{SECRET_KEY, settings};
use crate::databases::{Engine, TestDatabase};
use crate::outbox::write_letter;
use crate::smtp::SmtpServer;

const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
/// A server that is not there at once is not there.
const SHORT: MailPatience = MailPatience { connect: Duration::from_millis(400), whole: Duration::from_millis(800) };

/// An outbox without the rest of the house, and on SQLite a clock that moves by hand.
struct Office {
    database: TestDatabase,
    store: Store,
    door: DatabaseDoor,
    sealer: Arc<Sealer>,
    clock: Clock,
}

/// A mail as it stands in the table.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Row {
    id: Uuid,
    attempts: i64,
    next_attempt_at: Timestamp,
    sent_at: Option<Timestamp>,
    payload: Option<Vec<u8>>,
}

impl Row {
    fn is_given_up(&self) -> bool {
        self.sent_at.is_none() && self.payload.is_none() && self.next_attempt_at.as_micros() == i64::MAX
    }

    /// Tried so often, and not claimed at the moment. No pause after a failure is as long as a claim, 3 to 4 minutes: one
    /// is 135 seconds at most, and the next 304 at least.
    fn failed(&self, attempts: i64, now: Timestamp) -> bool {
        let waits = self.next_attempt_at.since(now);
        let is_claimed = waits >= Duration::from_mins(3) && waits <= Duration::from_mins(4);
        self.attempts == attempts && self.sent_at.is_none() && !is_claimed
    }
}

struct Rows;

impl Query for Rows {
    const ACCESS: Access = Access::Read;
    type Output = Vec<Row>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Row>> {
        let all = "SELECT id, attempts, next_attempt_at, sent_at, payload FROM outbox ORDER BY id";
        conn.query(keystead::store::sql::Sql { sqlite: all, mysql: all, postgres: all }).all().await
    }
}

fn soon() -> Deadline {
    Deadline::within(Duration::from_secs(30))
}

impl Office {
    async fn open(engine: Engine) -> Option<Self> {
        let database = TestDatabase::create(engine).await?;
        // Beside a server the clock follows the server's, whoever holds it.
        let clock = if engine == Engine::Sqlite { Clock::by_hand(START) } else { Clock::system() };
        let store = Store::open(&database.settings, clock.clone()).await.unwrap();
        let door = database::start(store.clone(), clock.clone());
        let sealer = Arc::new(Sealer::new(SECRET_KEY.as_bytes(), None).unwrap());
        Some(Self { database, store, door, sealer, clock })
    }

    async fn on_sqlite() -> Self {
        Self::open(Engine::Sqlite).await.unwrap()
    }

    fn try_mailer(&self, more: &[(&str, &str)], patience: MailPatience) -> Result<MailerDoor, MailerError> {
        let from = [("MAIL_FROM", "Login <login@id.example>")];
        let mail = settings(&self.database.url, &[&from[..], more].concat()).mail;
        let settings = MailerSettings { mail, public_url: "https://id.example".to_owned(), patience };
        mailer::start(&settings, Arc::clone(&self.sealer), self.door.clone(), self.clock.clone())
    }

    fn mailer(&self, more: &[(&str, &str)], patience: MailPatience) -> MailerDoor {
        self.try_mailer(more, patience).unwrap()
    }

    /// Over a connection without TLS and password.
    fn mailer_to(&self, server: &SmtpServer, patience: MailPatience) -> MailerDoor {
        self.mailer(&[("SMTP_URL", &format!("smtp://127.0.0.1:{}?tls=none", server.port()))], patience)
    }

    async fn write(&self, recipient: &str) -> Uuid {
        let letter = Letter::ResetPassword { token: SecretToken::random().secret().clone() };
        write_letter(&self.door, &self.sealer, recipient, &letter).await
    }

    async fn rows(&self) -> Vec<Row> {
        self.door.run(Rows, soon()).await.unwrap()
    }

    async fn row(&self, id: Uuid) -> Row {
        self.rows().await.into_iter().find(|row| row.id == id).unwrap()
    }

    /// Has the mailer look, until the outbox is so.
    async fn until(&self, mailer: &MailerDoor, is_so: impl Fn(&[Row]) -> bool) -> Vec<Row> {
        let began = Instant::now();
        loop {
            let rows = self.rows().await;
            if is_so(&rows) {
                return rows;
            }
            assert!(began.elapsed() < Duration::from_secs(40), "{rows:?}");
            mailer.wake();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn close(self, mailers: &[&MailerDoor]) {
        for mailer in mailers {
            mailer.drain().await;
        }
        self.door.drain().await;
        self.store.close().await;
    }
}

fn are_sent(rows: &[Row]) -> bool {
    rows.iter().all(|row| row.sent_at.is_some())
}
