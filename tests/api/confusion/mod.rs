//! B17: each secret is good at its own door and at no other.
//!
//! `secrets.rs` lists every kind of secret there is, `doors.rs` every place that takes one; all pairs are tried, each
//! where the secret would do the most: with whatever else the door asks for, and mostly of the same account. At the end
//! each secret is shown at its own door, so it was good all the while, and no wrong door has spent it. A kind of one-time
//! token without a secret here does not compile; a route without a door, or a reason to have none, fails by its name.

mod doors;
mod lot;
mod secrets;

use std::collections::BTreeSet;

use keystead::http::routes::APP_ROUTES;
use keystead::store::one_time_tokens::Kind;

use self::doors::{Door, NO_SECRET};
use self::lot::Lot;
use self::secrets::{Secret, of_kind};
use crate::databases::TestDatabase;

on_each_database! {
    every_secret_at_every_door,
}

#[test]
fn every_route_that_takes_a_secret_is_a_door() {
    let doors: BTreeSet<_> = Door::ALL.iter().filter_map(|door| door.route()).collect();
    for (path, methods) in APP_ROUTES {
        // The rest takes a bearer and a query at most, and every route is asked whether it takes a bearer.
        if methods.contains(&"post") || path.contains('{') {
            let known = doors.contains(path) || NO_SECRET.contains(path);
            assert!(known, "{path} takes a secret or does not: tests/api/confusion/doors.rs has to know");
        }
    }
}

#[test]
fn every_kind_of_one_time_token_is_a_secret() {
    for kind in Kind::ALL {
        assert!(Secret::ALL.contains(&of_kind(kind)), "{kind:?}");
    }
}

/// A door that opens for nothing would be closed to everything else as well.
#[test]
fn every_door_opens_for_something() {
    for door in Door::ALL {
        assert!(Secret::ALL.iter().any(|secret| secret.own().contains(&door)), "{door:?}");
    }
}

async fn every_secret_at_every_door(database: &TestDatabase) {
    let lot = Box::pin(Lot::draw(database)).await;
    let (mut pairs, mut opened) = (0, Vec::new());
    let doors = lot.doors().await;
    for secret in Secret::ALL {
        for &door in doors.iter().filter(|door| !secret.is_good_at(**door)) {
            pairs += 1;
            if door.opens(&lot, &lot.text(secret).await).await {
                opened.push(format!("{secret:?} at {door:?}"));
            }
        }
    }
    assert!(opened.is_empty(), "{opened:#?}");
    for secret in Secret::ALL {
        for &door in secret.own() {
            let opens = door.opens(&lot, &lot.text(secret).await).await;
            assert!(opens, "{secret:?} is no longer good at its own door, {door:?}");
        }
    }
    println!("{pairs} pairs");
    lot.stop().await;
}
