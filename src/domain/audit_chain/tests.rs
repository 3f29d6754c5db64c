//! Each kind of tampering under one seal, and the name that it gets.

use proptest::prelude::*;

use super::super::audit_seal::GENESIS;
use super::super::clock::Timestamp;
use super::*;

fn id(place: i64) -> Uuid {
    Uuid::from_u128(u128::from(place.unsigned_abs()))
}

/// Five events under a seal, as they should be.
fn sealed() -> (Seal, Vec<ChainedEvent>) {
    let mut before = GENESIS;
    let mut events = Vec::new();
    for place in 1..=5 {
        let hash = [u8::try_from(place).unwrap(); 32];
        before = link(&before, &hash);
        let (link, hash) = (before.to_vec(), Some(hash));
        events.push(ChainedEvent { id: id(place), place, link, hash, personal_fits: true });
    }
    let sealed_at = Timestamp::from_micros(0);
    let (root, previous_root) = (before.to_vec(), GENESIS.to_vec());
    (Seal { seq: 1, count: 5, root, previous_root, sealed_at, signature: Vec::new() }, events)
}

fn found(tamper: impl FnOnce(&mut Vec<ChainedEvent>)) -> Vec<Flaw> {
    let (seal, mut events) = sealed();
    tamper(&mut events);
    flaws(&seal, vec![GENESIS.to_vec()], true, events)
}

#[test]
fn an_untouched_chain_has_no_flaw() {
    assert_eq!(found(|_| ()), []);
    let (seal, events) = sealed();
    assert_eq!(flaws(&Seal { count: 9, ..seal }, vec![vec![7; 32], GENESIS.to_vec()], false, events), []);
}

#[test]
fn an_altered_event_is_named_and_those_behind_it_are_not() {
    for (at, place) in (1..=5).enumerate() {
        let altered = Flaw::EventAltered { id: id(place), place };
        assert_eq!(found(|events| events[at].hash = Some([99; 32])), std::slice::from_ref(&altered));
        assert_eq!(found(|events| events[at].hash = None), std::slice::from_ref(&altered));
        assert_eq!(found(|events| events[at].link[31] ^= 1), std::slice::from_ref(&altered));
        let both = found(|events| {
            events[at].link = vec![9; 32];
            events[at].hash = Some([99; 32]);
        });
        assert_eq!(both[0], altered);
    }
}

#[test]
fn removed_events_are_named_by_their_places() {
    for place in 1..=5_i64 {
        let removed = found(|events| events.retain(|event| event.place != place));
        assert_eq!(removed, [Flaw::EventsMissing { from: place, through: place }]);
    }
    assert_eq!(found(|events| events.truncate(2)), [Flaw::EventsMissing { from: 3, through: 5 }]);
    assert_eq!(found(Vec::clear), [Flaw::EventsMissing { from: 1, through: 5 }]);
}

#[test]
fn inserted_events_are_named() {
    for place in [-1, 0, 1, 3, 5, 6, 200] {
        let new = ChainedEvent { id: id(77), place, link: vec![1; 32], hash: Some([1; 32]), personal_fits: true };
        for at in [0, 5] {
            let inserted = found(|events| events.insert(at, new.clone()));
            assert_eq!(inserted, [Flaw::EventInserted { id: id(77), place }], "{place} {at}");
        }
    }
}

#[test]
fn moved_events_are_named_with_both_places() {
    let swapped = found(|events| {
        (events[1].place, events[3].place) = (4, 2);
    });
    let moved = |from, to| Flaw::EventMoved { id: id(from), from, to };
    assert_eq!(swapped, [moved(2, 4), moved(4, 2)]);
    assert_eq!(found(|events| events[4].place = 261), [moved(5, 261)]);
    // With their links, which then are another's.
    let with_links = found(|events| {
        let (second, third) = (events[1].link.clone(), events[2].link.clone());
        (events[1].place, events[1].link) = (3, third);
        (events[2].place, events[2].link) = (2, second);
    });
    assert_eq!(with_links, [Flaw::EventAltered { id: id(3), place: 2 }, Flaw::EventAltered { id: id(2), place: 3 }]);
}

#[test]
fn a_chain_that_was_made_anew_ends_elsewhere() {
    let renewed = found(|events| {
        let mut before = GENESIS;
        events[2].hash = Some([99; 32]);
        for event in events {
            before = link(&before, &event.hash.unwrap());
            event.link = before.to_vec();
        }
    });
    assert_eq!(renewed, [Flaw::OtherEvents]);
}

#[test]
fn personal_data_that_does_not_fit_is_no_flaw_of_the_event() {
    let flaw = Flaw::PersonalAltered { id: id(4), place: 4 };
    assert_eq!(found(|events| events[3].personal_fits = false), [flaw]);
}

proptest! {
    /// Whatever is done to one of them, at least that one is named, and at most the one behind it as well.
    #[test]
    fn any_change_of_one_event_names_it(at in 0_usize..5, byte in 0_usize..32, bit in 0_u8..8, what in 0..3) {
        let flaws = found(|events| match what {
            0 => events[at].link[byte] ^= 1 << bit,
            1 => events[at].hash.as_mut().unwrap()[byte] ^= 1 << bit,
            _ => events[at].place ^= 1 << (byte + 4 * usize::from(bit)),
        });
        let named = flaws.iter().filter_map(Flaw::event).collect::<Vec<_>>();
        prop_assert!(named.contains(&Uuid::from_u128(at as u128 + 1)), "{flaws:?}");
        prop_assert!(named.len() <= 2, "{flaws:?}");
    }
}
