//! Guessing (B6) and being kept from one's own account by somebody who guesses (B7), on each way on which a secret of a
//! person is judged.
//!
//! Windows of a quarter of an hour and growing delays are let pass by deleting their rows, days by making them old.

mod guesses;
mod limits;
mod owners;
mod refusals;
mod two_nodes;
mod ways;

use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;
use crate::people::{Person, SecondFactor};
use crate::tables::{count, execute};

const WRONG: &str = "a wrong password, of course";

/// As a quarter of an hour does.
async fn let_windows_pass(database: &TestDatabase) {
    execute(database, "DELETE FROM throttles WHERE kind IN ('account', 'device', 'network')").await;
}

async fn let_a_day_pass(database: &TestDatabase) {
    execute(database, "UPDATE throttles SET first_failure_at = 1").await;
}

/// What was counted on one kind, over all who are counted.
async fn counted(database: &TestDatabase, kind: &str) -> i64 {
    let of_kind = format!("SELECT CAST(COALESCE(SUM(failures), 0) AS {}) FROM throttles WHERE kind = '{kind}'", {
        if database.url.starts_with("mysql") { "SIGNED" } else { "BIGINT" }
    });
    count(database, &of_kind).await
}

/// Whether what was shown was looked at, and was wrong.
#[track_caller]
fn was_judged(answer: &Answer) -> bool {
    match (answer.status.as_u16(), answer.str("code").as_str()) {
        (401, "invalid_credentials" | "invalid_code") => true,
        (429, "too_many_attempts") => false,
        _ => panic!("{}: {}", answer.path, answer.text),
    }
}

/// Somebody with a second factor.
async fn guarded(database: &TestDatabase, app: &TestApp) -> Person {
    let mut person = Person::new(app).await;
    person.second_factor = Some(SecondFactor::turn_on(app, &person.access()).await);
    forget_step(database, &person).await;
    person
}

/// The code of this very step is good once more.
async fn forget_step(database: &TestDatabase, person: &Person) {
    let forget = format!("UPDATE users SET mfa_last_step = NULL WHERE username = '{}'", person.username);
    execute(database, &forget).await;
}
