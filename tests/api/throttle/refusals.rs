//! What a refusal is: it comes before anything is hashed or written, and it tells nothing of the account.

use serde_json::json;

use super::ways::{of_the_guarded, of_the_unguarded};
use super::{WRONG, counted, guarded, was_judged};
use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::enumeration::{accounts, bytes};
use crate::people::{Person, begin_totp};
use crate::tables::{dump, execute};

on_each_database! {
    a_refusal_hashes_nothing_and_writes_nothing,
    a_refusal_tells_nothing_of_the_account,
}

/// What nodes do among themselves, mail that is on its way, and the seals that events come under, each in its own time.
const OF_THE_BACKGROUND: [&str; 6] =
    ["leases.", "outbox.", "audit_seals.", "audit_events.seal", "audit_events.place", "audit_events.link"];

/// All that the tables hold, but for that.
async fn tables(database: &TestDatabase) -> Vec<(String, Vec<u8>)> {
    let mut values = dump(database).await;
    values.retain(|(place, _)| !OF_THE_BACKGROUND.iter().any(|background| place.starts_with(background)));
    values.sort();
    values
}

async fn a_refusal_hashes_nothing_and_writes_nothing(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (guarded, unguarded) = (guarded(database, &app).await, Person::new(&app).await);
    begin_totp(&app, &unguarded.access()).await;
    for mut ways in [of_the_guarded(&app, &guarded, 5).await, of_the_unguarded(&unguarded)] {
        execute(database, "DELETE FROM throttles").await;
        // Once from a stranger and once from a known device, which makes the rows; then both are full.
        for way in &mut ways {
            way.guess(&app).await;
        }
        execute(database, "UPDATE throttles SET failures = 90 WHERE kind IN ('account_day', 'device_day')").await;
        assert!(counted(database, "account_day").await == 90 && counted(database, "device_day").await == 90);
        let hasher = &app.node.context.house.hasher;
        let (before, computed) = (tables(database).await, hasher.computed());
        for way in &mut ways {
            assert!(!was_judged(&way.guess(&app).await), "{}", way.name);
        }
        assert_eq!(hasher.computed(), computed);
        assert!(tables(database).await == before, "something was written");
        // The control: what is looked at is hashed, and written.
        execute(database, "DELETE FROM throttles").await;
        for way in &mut ways {
            way.guess(&app).await;
        }
        assert!(hasher.computed() > computed && tables(database).await != before);
    }
    app.node.stop().await;
}

/// Whatever the account is like, the same guesses meet the same refusals.
async fn a_refusal_tells_nothing_of_the_account(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let mut expected = None;
    for (name, email) in accounts(database, &app).await {
        execute(database, "DELETE FROM throttles").await;
        let guess = json!({ "identifier": email, "password": WRONG });
        let mut told = Vec::new();
        for _ in 0..4 {
            told.push(bytes(&app, "/v1/login", &guess).await);
        }
        for state in [
            "blocked_until = first_failure_at + 600000000 WHERE kind = 'account'",
            "failures = 10 WHERE kind = 'account'",
            "failures = 90 WHERE kind = 'account_day'",
            "failures = 100 WHERE kind = 'network'",
        ] {
            execute(database, &format!("UPDATE throttles SET {state}")).await;
            let answer = bytes(&app, "/v1/login", &guess).await;
            told.push(without_the_last_seconds(answer));
        }
        let statuses: Vec<_> = told.iter().map(|answer| answer.0).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 429, 429, 429, 429], "{name}");
        let expected = expected.get_or_insert_with(|| told.clone());
        assert_eq!(&told, expected, "{name}");
    }
    app.node.stop().await;
}

/// The waits differ by what the guesses before took: hundreds of seconds are told alike, with their last two digits left out.
fn without_the_last_seconds(
    (status, headers, body): (u16, Vec<(String, String)>, String),
) -> (u16, Vec<(String, String)>, String) {
    let headers = headers.into_iter().map(|(name, value)| (name, rounded(&value))).collect();
    (status, headers, rounded(&body))
}

/// Numbers of three digits and more in hundreds, upwards.
fn rounded(text: &str) -> String {
    let mut rounded = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        match digits.parse::<u64>() {
            Ok(number) if digits.len() >= 3 => rounded.push_str(&number.div_ceil(100).to_string()),
            _ => rounded.push_str(digits),
        }
        rounded.push_str(&part[digits.len()..]);
    }
    rounded
}
