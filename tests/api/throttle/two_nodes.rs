//! B6 over two nodes: what one counts the other knows, and no failure is lost, however many come at once.

use futures_util::future::join_all;
use serde_json::json;

use super::{WRONG, counted, let_windows_pass, was_judged};
use crate::app::{PASSWORD, TestApp};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::race_rounds;
use crate::tables::execute;

on_each_database! {
    sixty_four_at_once_pass_no_limit,
    without_a_throttle_sixty_four_at_once_do,
    the_last_guess_on_both_at_once,
}

const AT_ONCE: usize = 64;
/// Of strangers, in a day.
const QUOTA: i64 = 90;

async fn two(database: &TestDatabase, settings: &[(&str, &str)]) -> [TestApp; 2] {
    let (here, there) = (TestApp::spawn(&database.url, settings), TestApp::spawn(&database.url, settings));
    [here.await, there.await]
}

/// Wrong passwords at the same moment, half of them on either node: how many were looked at.
async fn wave(nodes: &[TestApp; 2], person: &Person, guesses: usize) -> i64 {
    let body = json!({ "identifier": person.email, "password": WRONG });
    let guess = async |node: usize| nodes[node].post("/v1/login", None, &body).await;
    let answers = join_all((0..guesses).map(|n| guess(n % 2))).await;
    i64::try_from(answers.iter().filter(|answer| was_judged(answer)).count()).unwrap()
}

/// So many failures of today.
async fn begin_with(database: &TestDatabase, nodes: &[TestApp; 2], failures: i64) -> Person {
    execute(database, "DELETE FROM throttles").await;
    let person = Person::new(&nodes[0]).await;
    assert_eq!(wave(nodes, &person, 1).await, 1);
    execute(database, &format!("UPDATE throttles SET failures = {failures} WHERE kind = 'account_day'")).await;
    let_windows_pass(database).await;
    person
}

async fn assert_refused_on_both(nodes: &[TestApp; 2], person: &Person) {
    for node in nodes {
        let right = node.post("/v1/login", None, &json!({ "identifier": person.email, "password": PASSWORD })).await;
        assert_eq!(right.refusal(), (429, "too_many_attempts".into()));
        assert_eq!(right.header("ratelimit-policy"), format!("\"account-day\";q={QUOTA};w=86400"));
    }
}

async fn sixty_four_at_once_pass_no_limit(database: &TestDatabase) {
    let nodes = two(database, &[("HASH_MAX_WAIT_MS", "9000")]).await;
    let mut failures = 80;
    let person = begin_with(database, &nodes, failures).await;
    loop {
        let judged = wave(&nodes, &person, AT_ONCE).await;
        failures += judged;
        if judged == 0 {
            break;
        }
        let_windows_pass(database).await;
    }
    // What was judged on the other node at the same moment is counted as well, and told nothing.
    let counted = counted(database, "account_day").await;
    println!("{}: {failures} of {QUOTA}, {counted} counted", database.url.split(':').next().unwrap());
    assert!(failures == QUOTA && (QUOTA..=QUOTA + 1).contains(&counted), "{failures}, {counted}");
    assert_refused_on_both(&nodes, &person).await;
    for node in &nodes {
        node.node.stop().await;
    }
}

/// The control: so many do arrive at once.
async fn without_a_throttle_sixty_four_at_once_do(database: &TestDatabase) {
    let nodes = two(database, &[("HASH_MAX_WAIT_MS", "9000"), ("THROTTLE", "off")]).await;
    let person = Person::new(&nodes[0]).await;
    assert_eq!(wave(&nodes, &person, AT_ONCE).await, i64::try_from(AT_ONCE).unwrap());
    for node in &nodes {
        node.node.stop().await;
    }
}

/// One failure is left. Both may be looked at, and one of them is told so; then it is over on both.
async fn the_last_guess_on_both_at_once(database: &TestDatabase) {
    let nodes = two(database, &[]).await;
    let mut both = 0;
    for _ in 0..race_rounds() {
        let person = begin_with(database, &nodes, QUOTA - 1).await;
        assert_eq!(wave(&nodes, &person, 2).await, 1);
        let counted = counted(database, "account_day").await;
        assert!((QUOTA..=QUOTA + 1).contains(&counted), "{counted}");
        assert_refused_on_both(&nodes, &person).await;
        both += counted - QUOTA;
    }
    let (rounds, scheme) = (race_rounds(), database.url.split(':').next().unwrap());
    println!("{scheme}: one is told that it was wrong, {rounds} of {rounds}; both were looked at {both} times");
    for node in &nodes {
        node.node.stop().await;
    }
}
