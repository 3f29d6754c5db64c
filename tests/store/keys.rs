//! `mac_keys` and `signing_keys`, and the time at the database.

use std::time::Duration;

use keystead::domain::clock::Clock;
use keystead::store::keys::{
    AddMacKey, AddSigningKey, FindKeys, ListSigningKeys, MacKeyRow, RotateSigningKey, SigningKeyRow,
};
use keystead::store::time_at_database::TimeAtDatabase;
use uuid::Uuid;

use crate::ground::{Ground, HOUR, START};

on_each_database! {
    keys_are_found_as_they_were_added,
    a_key_that_is_added_twice_is_there_once,
    the_next_key_says_of_the_others_when_they_go,
    a_key_that_takes_over_at_once_leaves_none_that_is_good,
    a_server_tells_its_time,
}

fn mac_key(sealed_key: Vec<u8>) -> MacKeyRow {
    MacKeyRow { id: Uuid::now_v7(), sealed_key, created_at: START, retired_at: None }
}

fn signing_key(id: &str) -> SigningKeyRow {
    SigningKeyRow {
        id: id.to_owned(),
        algorithm: "EdDSA".to_owned(),
        // As long as a sealed RSA key of 4096 bits.
        sealed_private_key: (0..2_600_u16).map(|n| n.to_be_bytes()[1]).collect(),
        public_jwk: "{\"kty\":\"OKP\"}".to_owned(),
        created_at: START,
        active_from: START.plus(HOUR),
        retired_at: None,
    }
}

async fn keys_are_found_as_they_were_added(ground: &Ground) {
    let (macs, signers) = ground.run(FindKeys).await;
    assert!(macs.is_empty() && signers.is_empty());
    let (first, second) = (mac_key(vec![0, 0xFF, 0]), mac_key(vec![1; 100]));
    assert_eq!(ground.run(AddMacKey(second.clone())).await, 1);
    assert_eq!(ground.run(AddMacKey(first.clone())).await, 1);
    // Base64url knows case: on MySQL's usual collation these two would be one.
    for id in ["kid-A", "kid-a"] {
        assert_eq!(ground.run(AddSigningKey(signing_key(id))).await, 1);
    }
    let (macs, signers) = ground.run(FindKeys).await;
    assert_eq!(macs.iter().map(|row| row.id).collect::<Vec<_>>(), [first.id, second.id], "the oldest first");
    assert_eq!(macs[0].sealed_key, first.sealed_key);
    assert!(macs[0].created_at == START && macs[0].retired_at.is_none());
    assert_eq!(signers.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["kid-A", "kid-a"]);
    let (found, made) = (&signers[0], signing_key("kid-A"));
    assert_eq!((&found.sealed_private_key, &found.public_jwk), (&made.sealed_private_key, &made.public_jwk));
    assert_eq!((found.algorithm.as_str(), found.active_from, found.retired_at), ("EdDSA", START.plus(HOUR), None));
}

async fn a_key_that_is_added_twice_is_there_once(ground: &Ground) {
    let key = mac_key(vec![1; 100]);
    assert_eq!(ground.run(AddMacKey(key.clone())).await, 1);
    assert_eq!(ground.run(AddMacKey(key)).await, 0);
    assert_eq!(ground.run(AddSigningKey(signing_key("kid"))).await, 1);
    assert_eq!(ground.run(AddSigningKey(signing_key("kid"))).await, 0);
    let (macs, signers) = ground.run(FindKeys).await;
    assert_eq!((macs.len(), signers.len()), (1, 1));
}

async fn a_server_tells_its_time(ground: &Ground) {
    let before = Clock::system().now();
    let Some(there) = ground.run(TimeAtDatabase).await else {
        assert!(ground.is_sqlite());
        return;
    };
    let after = Clock::system().now();
    // One machine, one clock; what is left is how the database rounds.
    let slack = Duration::from_millis(1);
    assert!(before <= there.plus(slack) && there <= after.plus(slack), "{before:?} {there:?} {after:?}");
}

async fn the_next_key_says_of_the_others_when_they_go(ground: &Ground) {
    ground.run(AddSigningKey(signing_key("old"))).await;
    let next = SigningKeyRow { created_at: START.plus(HOUR), active_from: START.plus(2 * HOUR), ..signing_key("next") };
    let rotate =
        || RotateSigningKey { key: next.clone(), others_retire_at: START.plus(3 * HOUR), also_those_replaced: false };
    assert_eq!(ground.run(rotate()).await, ["old"]);
    let later = SigningKeyRow { created_at: START.plus(4 * HOUR), ..signing_key("later") };
    ground
        .run(RotateSigningKey { key: later, others_retire_at: START.plus(5 * HOUR), also_those_replaced: false })
        .await;
    // Whoever did not hear the answer changes nothing.
    assert!(ground.run(rotate()).await.is_empty());
    let keys = ground.run(ListSigningKeys).await;
    let told: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.retired_at)).collect();
    let retired = |hours| Some(START.plus(hours * HOUR));
    assert_eq!(told, [("later", None), ("next", retired(5)), ("old", retired(3))]);
    assert_eq!((keys[1].active_from, keys[1].algorithm.as_str()), (START.plus(2 * HOUR), "EdDSA"));
}

async fn a_key_that_takes_over_at_once_leaves_none_that_is_good(ground: &Ground) {
    ground.run(AddSigningKey(signing_key("oldest"))).await;
    let key = |id, hour| SigningKeyRow { created_at: START.plus(hour * HOUR), ..signing_key(id) };
    let rotate = |key, hour, also_those_replaced| RotateSigningKey {
        key,
        others_retire_at: START.plus(hour * HOUR),
        also_those_replaced,
    };
    ground.run(rotate(key("older", 1), 2, false)).await;
    ground.run(rotate(key("old", 3), 9, false)).await;
    // `oldest` is gone by then, `older` goes later, and `old` would have stayed.
    assert_eq!(ground.run(rotate(key("new", 4), 4, true)).await, ["old", "older"]);
    let keys = ground.run(ListSigningKeys).await;
    let told: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.retired_at)).collect();
    let retired = |hours| Some(START.plus(hours * HOUR));
    assert_eq!(told, [("new", None), ("old", retired(4)), ("older", retired(4)), ("oldest", retired(2))]);
}
