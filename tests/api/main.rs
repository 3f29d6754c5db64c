#![cfg(test)]
//! The API over HTTP, against real nodes, on each of the three databases.

#[path = "../support/app.rs"]
mod app;
#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/frameworks.rs"]
mod frameworks;
#[path = "../support/github.rs"]
#[expect(dead_code, reason = "what it has given out is looked for by the canaries")]
mod github;
#[path = "../support/openssl.rs"]
mod openssl;
#[path = "../support/other_clock.rs"]
mod other_clock;
#[path = "../support/outbox.rs"]
mod outbox;
#[path = "../support/people.rs"]
mod people;
#[path = "../support/programs.rs"]
mod programs;
#[path = "../support/providers.rs"]
#[expect(dead_code, reason = "what a provider was asked is for the tests of the actor")]
mod providers;
#[path = "../support/proxy.rs"]
#[expect(dead_code, reason = "its tricks with single statements are for the store's tests")]
mod proxy;
#[path = "../support/rounds.rs"]
mod rounds;
#[path = "../support/smtp.rs"]
#[expect(dead_code, reason = "most of how it behaves is for the mailer's own tests")]
mod smtp;
#[path = "../support/tables.rs"]
mod tables;

use std::time::Duration;

use databases::{Engine, TestDatabase};
use rounds::rounds;
use tables::execute;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No test may hang. The slowest takes some ten seconds on two busy cores, and more with more rounds than the ten usual.
const LONGEST: Duration = Duration::from_mins(2);
const USUAL_ROUNDS: u64 = 10;

/// Makes three tests of each `async fn(&TestDatabase)`, one a database.
macro_rules! on_each_database {
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            use crate::databases::Engine;

            #[actix_web::test]
            async fn sqlite() {
                crate::run_on(Engine::Sqlite, super::$name).await;
            }

            #[actix_web::test]
            async fn mariadb() {
                crate::run_on(Engine::MariaDb, super::$name).await;
            }

            #[actix_web::test]
            async fn postgres() {
                crate::run_on(Engine::Postgres, super::$name).await;
            }
        }
    )+ };
}

/// The same for what only a server can show: a clock of its own, connections that hold something open.
macro_rules! on_each_server {
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            use crate::databases::Engine;

            #[actix_web::test]
            async fn mariadb() {
                crate::run_on(Engine::MariaDb, super::$name).await;
            }

            #[actix_web::test]
            async fn postgres() {
                crate::run_on(Engine::Postgres, super::$name).await;
            }
        }
    )+ };
}

mod account_deletion;
mod admin;
mod answers;
mod audit;
mod authenticator;
mod bad_bodies;
mod bad_tokens;
mod by_mail;
mod confusion;
mod enumeration;
mod feed;
mod feed_example;
mod feed_under_strain;
mod keys;
mod letters;
mod matrix;
mod nodes;
mod noise;
mod oauth;
mod out_of_date;
mod outage;
mod passwords;
mod promptness;
mod protocol;
mod refresh_races;
mod reseal;
mod reuse;
mod revoked;
mod sessions;
mod set_up;
mod states;
mod throttle;
mod two_nodes;
mod walk;

async fn run_on(engine: Engine, test: impl AsyncFnOnce(&TestDatabase)) {
    let Some(database) = TestDatabase::create(engine).await else { return };
    let longest = LONGEST * u32::try_from(race_rounds().div_ceil(USUAL_ROUNDS)).unwrap();
    tokio::time::timeout(longest, test(&database)).await.expect("the test hangs");
}

/// Sends these bytes, says that there are no more, and reads whatever comes back.
async fn exchange(app: &app::TestApp, bytes: &[u8]) -> String {
    /// The edge gives a request ten seconds, and a client that is slow with its headers five.
    const LONGEST_EXCHANGE: Duration = Duration::from_secs(15);
    let address = app.node.app_url();
    let stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let mut answer = Vec::new();
    let whole = async {
        let say = async {
            // May fail, because the other side has hung up on such a request.
            let _ = to.write_all(bytes).await;
            let _ = to.shutdown().await;
        };
        tokio::join!(say, from.read_to_end(&mut answer)).1
    };
    let end = tokio::time::timeout(LONGEST_EXCHANGE, whole).await;
    assert!(end.is_ok(), "no end of the answer to {:?}", String::from_utf8_lossy(bytes));
    String::from_utf8_lossy(&answer).into_owned()
}

/// How often a race is run: as `RACE_ROUNDS` says, or ten times.
fn race_rounds() -> u64 {
    rounds("RACE_ROUNDS", USUAL_ROUNDS)
}
