#![cfg(test)]
//! B4: time does not tell whether somebody has an account. A command of its own: `scripts/timing`.
//!
//! Each question is asked in pairs, one of each kind, in an order that is drawn anew for every pair, against the real
//! binary on each database. One client asks one thing at a time: whatever else happens makes both kinds slower alike.
//!
//! Optimised, as people run it: unoptimised code makes ten times longer whatever one path does more than the other, and
//! that is nobody's leak. A hash takes about 1.2 ms (4 MiB, two passes) instead of 30 ms, which is stricter: its noise
//! grows with its length, and what the paths do beside it stands out more. A path without the hash is what the control is.

mod client;
#[path = "../support/databases.rs"]
mod databases;
mod figures;
mod questions;
#[path = "../support/rounds.rs"]
mod rounds;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/tables.rs"]
#[expect(dead_code, reason = "nothing is counted here")]
mod tables;

use std::time::Duration;

use client::Client;
use databases::{Engine, TestDatabase};
use figures::{CAUGHT, Figures};
use questions::{Question, Side};
use rounds::rounds;

/// Pairs that count; more would show smaller differences than anybody can use from afar.
const PAIRS: u64 = 2_000;
/// After each answer: a letter that it had sent in the background must not slow down the next one, which is the other
/// side's more often than not.
const SETTLED: Duration = Duration::from_millis(15);
/// Until caches are warm and connections are open.
const WARM_UP: usize = 50;
/// One time of three has to tell nothing: a machine has other things to do, and a leak shows each time.
const TRIES: usize = 3;

/// A test for each question on each database.
macro_rules! questions {
    ($($name:ident: $question:expr),+ $(,)?) => { $(
        mod $name {
            use crate::databases::Engine;

            #[tokio::test]
            #[ignore = "minutes on a quiet machine: scripts/timing"]
            async fn sqlite() {
                crate::tells_nothing(Engine::Sqlite, $question).await;
            }

            #[tokio::test]
            #[ignore = "minutes on a quiet machine: scripts/timing"]
            async fn mariadb() {
                crate::tells_nothing(Engine::MariaDb, $question).await;
            }

            #[tokio::test]
            #[ignore = "minutes on a quiet machine: scripts/timing"]
            async fn postgres() {
                crate::tells_nothing(Engine::Postgres, $question).await;
            }
        }
    )+ };
}

questions! {
    login_unknown_or_wrong_password: crate::questions::UNKNOWN_OR_WRONG,
    login_unknown_or_wrong_password_counted: crate::questions::UNKNOWN_OR_WRONG_COUNTED,
    login_locked_or_wrong_password: crate::questions::LOCKED_OR_WRONG,
    login_locked_or_wrong_password_counted: crate::questions::LOCKED_OR_WRONG_COUNTED,
    login_disabled_or_unknown: crate::questions::DISABLED_OR_UNKNOWN,
    forgot: crate::questions::FORGOT,
    resend: crate::questions::RESEND,
    register: crate::questions::REGISTER,
}

/// What a sign-in that leaves the hash out would look like.
#[tokio::test]
#[ignore = "minutes on a quiet machine: scripts/timing"]
async fn a_hash_that_is_too_cheap_is_caught() {
    let Some(found) = measure(Engine::Sqlite, &questions::CONTROL_CHEAP_HASH).await else { return };
    assert!(found.auc >= CAUGHT, "the control was not caught: {found:?}");
}

async fn tells_nothing(engine: Engine, question: Question) {
    for attempt in 1..=TRIES {
        let Some(found) = measure(engine, &question).await else { return };
        if found.tell_nothing() {
            return;
        }
        assert!(attempt < TRIES, "{} on {engine:?}: {found:?}, {TRIES} times of {TRIES}", question.name);
    }
}

/// `None`: this database is not here.
async fn measure(engine: Engine, question: &Question) -> Option<Figures> {
    let database = TestDatabase::create(engine).await?;
    let pairs = usize::try_from(rounds("TIMING_PAIRS", PAIRS)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    question.prepare(&database, folder.path(), WARM_UP + pairs).await;
    let server = question.server(&database, folder.path()).await;
    let mut client = Client::connect(&server.url);
    let mut times = [Vec::with_capacity(pairs), Vec::with_capacity(pairs)];
    for pair in 0..WARM_UP + pairs {
        let mut sides = [Side::Left, Side::Right];
        if rand::random() {
            sides.reverse();
        }
        for side in sides {
            let took = question.ask(&mut client, side, pair).took;
            std::thread::sleep(SETTLED);
            if pair >= WARM_UP {
                times[side as usize].push(took);
            }
        }
    }
    let figures = Figures::of(&times[0], &times[1]);
    println!("{} on {engine:?}: {pairs} pairs, AUC {:.3}, medians {:?}", question.name, figures.auc, figures.medians);
    Some(figures)
}
