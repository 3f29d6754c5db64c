//! Any byte of any sealed event or seal, changed at random and put back: each time a check finds it and names the row.

use keystead::domain::audit_chain::{Finding, Flaw};
use uuid::Uuid;

use super::columns::{Column, Holds, Key, OF_EVENTS, OF_PERSONAL, OF_SEALS, Read, Write};
use super::{Trail, on_each_database, soon};
use crate::rounds::rounds;

on_each_database!(any_single_byte_is_found_and_named);

const SEALS: usize = 4;
/// In CI; 500 on each database with `TAMPER_TRIALS=500`.
const TRIALS: u64 = 40;

async fn any_single_byte_is_found_and_named(trail: Trail) {
    let ids = trail.seals_of_four(SEALS).await;
    let trials = rounds("TAMPER_TRIALS", TRIALS);
    let mut done = 0;
    while done < trials {
        let place = rand::random_range(0..ids.len());
        let (column, key) = match rand::random_range(0..4) {
            0 => (one_of(&OF_SEALS), Key::Seal(rand::random_range(1..=i64::try_from(SEALS).unwrap()))),
            1 => (one_of(&OF_PERSONAL), Key::Event(ids[place])),
            _ => (one_of(&OF_EVENTS), Key::Event(ids[place])),
        };
        if trial(&trail, place, column, key).await {
            done += 1;
        }
    }
    assert_eq!(trail.flaws().await, [], "everything is as it was");
}

fn one_of(columns: &[Column]) -> Column {
    columns[rand::random_range(0..columns.len())]
}

/// Whether there could be one: `false` where the database takes no such value.
async fn trial(trail: &Trail, place: usize, column: Column, key: Key) -> bool {
    let before = trail.run(Read(column, key)).await;
    let mut after = before.clone();
    let at = rand::random_range(0..after.len());
    let is_sqlite = trail.is_sqlite();
    // Servers refuse what is no text, and PostgreSQL a zero in one.
    after[at] ^= if column.holds == Holds::Text && !is_sqlite {
        rand::random_range(1..128)
    } else {
        rand::random_range(1..=255)
    };
    if column.holds == Holds::Text && after[at] == 0 {
        return false;
    }
    let moved = moved_key(column, key, &after);
    let write = |key, bytes| Write { column, key, bytes, is_sqlite };
    // The number of another seal.
    if trail.door.run(write(key, after.clone()), soon()).await.is_err() {
        return false;
    }
    let (_, findings) = trail.check().await;
    let names = findings.iter().any(|finding| names(finding, place, key) || names(finding, place, moved));
    assert!(names, "{}.{} of {key:?}: {before:?} became {after:?}: {findings:?}", column.table, column.name);
    assert_eq!(trail.run(write(moved, before)).await, 1);
    true
}

/// Where the row is found after its key was changed.
fn moved_key(column: Column, key: Key, bytes: &[u8]) -> Key {
    match (column.name, key) {
        ("id" | "event_id", Key::Event(_)) => Key::Event(Uuid::from_slice(bytes).unwrap()),
        ("seq", Key::Seal(_)) => Key::Seal(i64::from_be_bytes(bytes.try_into().unwrap())),
        _ => key,
    }
}

/// By its id, or by where it stood.
fn names(finding: &Finding, place: usize, key: Key) -> bool {
    let seal = i64::try_from(place / 4 + 1).unwrap();
    let place = i64::try_from(place % 4 + 1).unwrap();
    match key {
        Key::Event(id) => {
            let stood_there = |from, through| finding.seal == seal && (from..=through).contains(&place);
            let is_missed = matches!(finding.flaw, Flaw::EventsMissing { from, through } if stood_there(from, through));
            is_missed || finding.flaw.event() == Some(id)
        }
        Key::Seal(seq) => match finding.flaw {
            Flaw::SealAltered => finding.seal == seq,
            Flaw::SealsMissing { through } | Flaw::SealsUnsigned { through } => (finding.seal..=through).contains(&seq),
            _ => false,
        },
    }
}
