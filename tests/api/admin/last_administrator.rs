//! Two administrators who remove each other at the same moment, on two nodes: one is left, always.
//!
//! Ten rounds as a rule; `RACE_ROUNDS=200` for the full count.

use std::collections::BTreeMap;

use super::{id_of, promote, signed_in_again};
use crate::app::{Answer, TestApp};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::race_rounds;
use crate::tables::count;

on_each_database! {
    two_who_demote_each_other,
}

/// Everybody here comes from one address.
const UNHINDERED: [(&str, &str); 1] = [("THROTTLE", "off")];

const ADMINISTRATORS: &str = "SELECT COUNT(*) FROM user_roles ur JOIN roles r ON r.id = ur.role_id \
     JOIN users u ON u.id = ur.user_id WHERE r.name = 'admin' AND u.active = TRUE AND u.locked_at IS NULL";

fn told(answer: &Answer) -> String {
    if answer.status.is_success() { answer.status.as_str().to_owned() } else { format!("{:?}", answer.refusal()) }
}

async fn two_who_demote_each_other(database: &TestDatabase) {
    let (here, there) =
        (TestApp::spawn(&database.url, &UNHINDERED).await, TestApp::spawn(&database.url, &UNHINDERED).await);
    let (mut ada, mut bob) = (Person::new(&here).await, Person::new(&here).await);
    let mut outcomes: BTreeMap<[String; 2], u64> = BTreeMap::new();
    for _ in 0..race_rounds() {
        for person in [&ada, &bob] {
            promote(&here, person).await;
        }
        ada = signed_in_again(&here, ada).await;
        bob = signed_in_again(&there, bob).await;
        assert_eq!(count(database, ADMINISTRATORS).await, 2);
        let path = |person: &Person| format!("/v1/admin/users/{}/roles/admin", id_of(person));
        let (of_bob, of_ada) = (path(&bob), path(&ada));
        let (access_of_ada, access_of_bob) = (ada.access(), bob.access());
        let (by_ada, by_bob) = tokio::join!(
            here.delete(&of_bob, Some(&access_of_ada)), //
            there.delete(&of_ada, Some(&access_of_bob))
        );
        let both = [told(&by_ada), told(&by_bob)];
        assert_eq!(count(database, ADMINISTRATORS).await, 1, "{both:?}");
        assert_eq!(both.iter().filter(|told| *told == "204").count(), 1, "{both:?}");
        *outcomes.entry(both).or_default() += 1;
    }
    println!("{}: {outcomes:?}", database.url.split(':').next().unwrap());
    here.node.stop().await;
    there.node.stop().await;
}
