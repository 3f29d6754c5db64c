//! Guessing, which is counted for all nodes together.

use futures_util::future::join_all;
use serde_json::json;

use super::{Nodes, Outcomes, UNHINDERED};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::race_rounds;
use crate::tables::{count, execute};

on_each_database! {
    a_throttle,
}

/// Guesses at one account, over both nodes at once. Between the waves the delays pass, and the window does not.
async fn a_throttle(database: &TestDatabase) {
    const LIMIT: usize = 10;
    /// A stranger is judged at a time on a node; of two at the same moment, one may be counted that is not told.
    const UNTOLD: usize = 1;
    const GUESSES: usize = 16;
    let settings = [UNHINDERED[0], ("LOGIN_ATTEMPTS_PER_ACCOUNT", "10")];
    let nodes = Nodes::new(database, &settings).await;
    let mut outcomes = Outcomes::new();
    for _ in 0..race_rounds() {
        let ada = Person::new(&nodes.here).await;
        let mut judged = 0;
        execute(database, "DELETE FROM throttles").await;
        loop {
            let failed = wave(&nodes, &ada, GUESSES).await;
            judged += failed;
            // Each was written down, for whatever it counts against.
            for figure in ["MIN", "MAX"] {
                let written = count(database, &format!("SELECT {figure}(failures) FROM throttles")).await;
                let written = usize::try_from(written).unwrap();
                assert!((judged..=judged + UNTOLD).contains(&written), "{figure}: {written} of {judged}");
            }
            if failed == 0 {
                break;
            }
            execute(database, "UPDATE throttles SET blocked_until = NULL").await;
        }
        assert_eq!(judged, LIMIT);
        *outcomes.entry(["judged".to_owned(), judged.to_string()]).or_default() += 1;
    }
    nodes.stop(&outcomes).await;
}

/// So many guesses at the same moment: how many of them were judged.
async fn wave(nodes: &Nodes<'_>, person: &Person, guesses: usize) -> usize {
    let body = json!({ "identifier": person.email, "password": "not the password of anybody" });
    let guess = |number: usize| {
        let node = if number.is_multiple_of(2) { &nodes.here } else { &nodes.there };
        node.post("/v1/login", None, &body)
    };
    let answers = join_all((0..guesses).map(guess)).await;
    let told = |refusal: (u16, &str)| {
        answers.iter().filter(|answer| answer.refusal() == (refusal.0, refusal.1.to_owned())).count()
    };
    let (judged, refused) = (told((401, "invalid_credentials")), told((429, "too_many_attempts")));
    assert_eq!(judged + refused, guesses, "{answers:?}");
    judged
}
