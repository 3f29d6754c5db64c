//! B6: at most a hundred failures an account a day, on all ways together and by whatever name.

use std::collections::BTreeMap;

use super::ways::{Way, of_the_guarded, of_the_unguarded};
use super::{counted, guarded, let_a_day_pass, let_windows_pass, was_judged};
use crate::app::{PASSWORD, TestApp};
use crate::databases::TestDatabase;
use crate::people::{Person, begin_totp};

on_each_database! {
    a_hundred_a_day_on_all_ways_of_the_guarded,
    a_hundred_a_day_on_all_ways_of_the_unguarded,
    without_a_throttle_there_is_no_end,
}

const A_DAY: u64 = 100;

/// Guesses on each way in turn until none looks at anything any more, though the windows are over. How many were looked at.
async fn guess_all_day(database: &TestDatabase, app: &TestApp, ways: &mut [Way], no_more_than: u64) -> u64 {
    let mut judged: BTreeMap<String, u64> = BTreeMap::new();
    let all = |judged: &BTreeMap<String, u64>| judged.values().sum::<u64>();
    loop {
        let before = all(&judged);
        for way in &mut *ways {
            let answer = way.guess(app).await;
            if was_judged(&answer) {
                *judged.entry(way.name.clone()).or_default() += 1;
                if all(&judged) == no_more_than {
                    return no_more_than;
                }
            }
        }
        if all(&judged) == before {
            assert_eq!(judged.len(), ways.len(), "each way was looked at: {judged:?}");
            return before;
        }
        // Each way is the first of a round once: a wait that follows one failure must not hide a way.
        ways.rotate_left(3);
        let_windows_pass(database).await;
    }
}

async fn a_hundred_a_day_on_all_ways_of_the_guarded(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let person = guarded(database, &app).await;
    let mut ways = of_the_guarded(&app, &person, 50).await;
    assert_eq!(guess_all_day(database, &app, &mut ways, 1_000).await, A_DAY);
    assert_eq!((counted(database, "account_day").await, counted(database, "device_day").await), (90, 10));
    and_then_nothing_is_looked_at_until_tomorrow(database, &app, &person, &mut ways).await;
    app.node.stop().await;
}

async fn a_hundred_a_day_on_all_ways_of_the_unguarded(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let person = Person::new(&app).await;
    begin_totp(&app, &person.access()).await;
    let mut ways = of_the_unguarded(&person);
    assert_eq!(guess_all_day(database, &app, &mut ways, 1_000).await, A_DAY);
    and_then_nothing_is_looked_at_until_tomorrow(database, &app, &person, &mut ways).await;
    app.node.stop().await;
}

/// Not even what is right; whoever is in stays in.
async fn and_then_nothing_is_looked_at_until_tomorrow(
    database: &TestDatabase,
    app: &TestApp,
    person: &Person,
    ways: &mut [Way],
) {
    let_windows_pass(database).await;
    for way in &mut *ways {
        let answer = way.show(app, PASSWORD).await;
        assert_eq!(answer.refusal(), (429, "too_many_attempts".into()), "{}", way.name);
        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 80_000, "{}", answer.text);
        assert!(answer.header("ratelimit").starts_with("\"account-day\";r=0;t="), "{:?}", answer.headers);
        assert_eq!(answer.header("ratelimit-policy"), "\"account-day\";q=90;w=86400");
    }
    app.get("/v1/me", Some(&person.access())).await.expect(200);
    app.refresh(&person.refresh()).await.expect(200);
    // Somebody else from the same address is not held to it.
    app.signed_in().await;
    let_a_day_pass(database).await;
    app.login(&person.email).await.expect(200);
}

/// The control: it is the throttle that ends it.
async fn without_a_throttle_there_is_no_end(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("THROTTLE", "off")]).await;
    let person = guarded(database, &app).await;
    let mut ways = of_the_guarded(&app, &person, 50).await;
    assert_eq!(guess_all_day(database, &app, &mut ways, A_DAY + 50).await, A_DAY + 50);
    assert_eq!(counted(database, "account_day").await, 0);
    app.node.stop().await;
}
