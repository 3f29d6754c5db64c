//! What somebody can do who can write to the database and does not have `SECRET_KEY`, and what a check says of it.

use keystead::actors::sealing::Sealer;
use keystead::domain::audit_chain::Flaw;
use keystead::flows::verify_audit::{Expected, Verdict};
use keystead::sql;
use keystead::store::audit_events::WriteEvents;
use uuid::Uuid;

use super::{OfId, Trail, on_each_database};
use crate::app::SECRET_KEY;

on_each_database! {
    an_untouched_trail_holds_and_what_is_unsealed_is_counted,
    removed_events_are_found,
    inserted_and_moved_events_are_found,
    altered_events_are_named,
    removed_seals_are_found,
    altered_and_forged_seals_are_found,
    the_newest_seals_are_missed_by_who_noted_them_down,
    a_secret_key_can_be_changed_twice,
}

async fn an_untouched_trail_holds_and_what_is_unsealed_is_counted(trail: Trail) {
    assert_eq!(trail.check().await, (Verdict::default(), Vec::new()), "an empty trail");
    trail.seals_of_four(3).await;
    trail.write(Uuid::now_v7(), 2).await;
    let (verdict, findings) = trail.check().await;
    assert_eq!((verdict.seals, verdict.events, verdict.unsealed, findings.len()), (3, 12, 2, 0));
    assert_eq!(verdict.newest.map(|seal| seal.seq), Some(3));
    // Read by the hundred: more seals than stand on one page.
    for _ in 0..260 {
        trail.write(Uuid::now_v7(), 1).await;
        trail.seal(1).await;
    }
    assert_eq!(trail.seal(9).await, 2);
    let (verdict, findings) = trail.check().await;
    assert_eq!((verdict.seals, verdict.events, verdict.unsealed, findings), (264, 274, 0, vec![]));
}

async fn removed_events_are_found(trail: Trail) {
    trail.seals_of_four(3).await;
    trail.tamper(sql!("DELETE FROM audit_personal")).await;
    assert_eq!(trail.flaws().await, [], "what is personal may go");
    trail.tamper(sql!("DELETE FROM audit_events WHERE seal = 2 AND place = 3")).await;
    let third = (2, Flaw::EventsMissing { from: 3, through: 3 });
    assert_eq!(trail.flaws().await, std::slice::from_ref(&third));
    trail.tamper(sql!("DELETE FROM audit_events WHERE seal = 3")).await;
    assert_eq!(trail.flaws().await, [third, (3, Flaw::EventsMissing { from: 1, through: 4 })]);
    // Out of its seal, as if it had never been under one.
    trail
        .tamper(sql!("UPDATE audit_events SET seal = NULL, place = NULL, link = NULL WHERE seal = 1 AND place = 4"))
        .await;
    assert!(trail.flaws().await.contains(&(1, Flaw::EventsMissing { from: 4, through: 4 })));
}

async fn inserted_and_moved_events_are_found(trail: Trail) {
    let ids = trail.seals_of_four(3).await;
    let new = Trail::event(Uuid::now_v7());
    let id = new.id;
    trail.run(WriteEvents(vec![new])).await;
    trail.tamper(sql!("UPDATE audit_events SET seal = 2, place = 5 WHERE seal IS NULL")).await;
    assert_eq!(trail.flaws().await, [(2, Flaw::EventInserted { id, place: 5 })]);
    trail.tamper(sql!("UPDATE audit_events SET place = 2 WHERE seal = 2 AND place = 5")).await;
    assert_eq!(trail.flaws().await, [(2, Flaw::EventInserted { id, place: 2 })]);
    for (sql, seal) in [
        (sql!("UPDATE audit_events SET seal = 4 WHERE link IS NULL"), 4),
        (sql!("UPDATE audit_events SET seal = 0 WHERE link IS NULL"), 0),
        (sql!("UPDATE audit_events SET seal = -7 WHERE link IS NULL"), -7),
    ] {
        trail.tamper(sql).await;
        assert_eq!(trail.flaws().await, [(seal, Flaw::SealUnknown { id })]);
    }
    trail
        .tamper(sql!("DELETE FROM audit_personal WHERE event_id IN (SELECT id FROM audit_events WHERE link IS NULL)"))
        .await;
    trail.tamper(sql!("DELETE FROM audit_events WHERE link IS NULL")).await;
    trail.tamper(sql!("UPDATE audit_events SET place = 5 - place WHERE seal = 2 AND place IN (2, 3)")).await;
    let moved = |at: usize, from, to| (2, Flaw::EventMoved { id: ids[at], from, to });
    assert_eq!(trail.flaws().await, [moved(5, 2, 3), moved(6, 3, 2)]);
    trail.tamper(sql!("UPDATE audit_events SET seal = 3 WHERE seal = 2 AND place = 2")).await;
    let flaws = trail.flaws().await;
    assert!(flaws.contains(&(3, Flaw::EventInserted { id: ids[6], place: 2 })), "{flaws:?}");
}

async fn altered_events_are_named(trail: Trail) {
    let ids = trail.seals_of_four(3).await;
    trail.tamper(sql!("UPDATE audit_events SET outcome = 'refused' WHERE seal = 2 AND place = 2")).await;
    trail.tamper(sql!("UPDATE audit_events SET actor_id = NULL WHERE seal = 3 AND place = 4")).await;
    let altered = |at: usize, seal, place| (seal, Flaw::EventAltered { id: ids[at], place });
    assert_eq!(trail.flaws().await, [altered(5, 2, 2), altered(11, 3, 4)]);
    trail.run(OfId(sql!("UPDATE audit_personal SET ip = '::2' WHERE event_id = ?"), ids[0])).await;
    let personal = (1, Flaw::PersonalAltered { id: ids[0], place: 1 });
    assert_eq!(trail.flaws().await, [personal, altered(5, 2, 2), altered(11, 3, 4)]);
    if trail.is_sqlite() {
        // Bytes that are no text, which SQLite alone lets in.
        trail.run(OfId(sql!("UPDATE audit_events SET action = CAST(x'ff' AS TEXT) WHERE id = ?"), ids[1])).await;
        trail.run(OfId(sql!("UPDATE audit_personal SET ip = CAST(x'ff' AS TEXT) WHERE event_id = ?"), ids[0])).await;
        let flaws = trail.flaws().await;
        assert_eq!(flaws[..2], [altered(1, 1, 2), (1, Flaw::PersonalAltered { id: ids[0], place: 1 })]);
    }
}

async fn removed_seals_are_found(trail: Trail) {
    trail.seals_of_four(6).await;
    trail.tamper(sql!("DELETE FROM audit_seals WHERE seq = 2")).await;
    assert_eq!(trail.flaws().await, [(2, Flaw::SealsMissing { through: 2 })]);
    trail.tamper(sql!("DELETE FROM audit_seals WHERE seq IN (1, 4)")).await;
    let gaps = [(1, Flaw::SealsMissing { through: 2 }), (4, Flaw::SealsMissing { through: 4 })];
    assert_eq!(trail.flaws().await, gaps);
    // The newest: its events stay behind.
    trail.tamper(sql!("DELETE FROM audit_seals WHERE seq = 6")).await;
    let flaws = trail.flaws().await;
    assert_eq!(flaws[..2], gaps);
    assert_eq!(flaws[2..].iter().filter(|(seal, flaw)| *seal == 6 && flaw.word() == "seal_unknown").count(), 4);
}

async fn altered_and_forged_seals_are_found(trail: Trail) {
    trail.seals_of_four(4).await;
    trail.tamper(sql!("UPDATE audit_seals SET sealed_at = sealed_at + 1 WHERE seq = 2")).await;
    assert_eq!(trail.flaws().await, [(2, Flaw::SealAltered)]);
    trail.tamper(sql!("UPDATE audit_seals SET sealed_at = sealed_at - 1 WHERE seq = 2")).await;
    assert_eq!(trail.flaws().await, []);
    trail.tamper(sql!("UPDATE audit_seals SET count = 3 WHERE seq = 4")).await;
    assert_eq!(trail.flaws().await, [(4, Flaw::SealAltered)]);
    // The whole trail made anew by somebody with a key of their own.
    trail.tamper(sql!("DELETE FROM audit_seals")).await;
    trail.tamper(sql!("UPDATE audit_events SET seal = NULL, place = NULL, link = NULL")).await;
    let Trail { clock, door, database, .. } = trail;
    let sealer = Sealer::new(&[7; 32], None).unwrap().into();
    let stranger = Trail { clock, door, sealer, database };
    assert_eq!([stranger.seal(9).await, stranger.seal(9).await], [9, 7]);
    assert_eq!(stranger.flaws().await, []);
    let owner = Sealer::new(SECRET_KEY.as_bytes(), None).unwrap();
    let (_, findings) = stranger.check_with(&owner, None).await;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].seal, &findings[0].flaw), (1, &Flaw::SealsUnsigned { through: 2 }));
}

async fn the_newest_seals_are_missed_by_who_noted_them_down(trail: Trail) {
    trail.seals_of_four(3).await;
    let noted = trail.check().await.0.newest;
    assert_eq!(trail.check_with(&trail.sealer, noted).await.1, []);
    let other = noted.map(|seal| Expected { hash: [0; 32], ..seal });
    let (_, findings) = trail.check_with(&trail.sealer, other).await;
    assert_eq!((findings[0].seal, &findings[0].flaw), (3, &Flaw::NotAsExpected));
    trail.tamper(sql!("DELETE FROM audit_personal")).await;
    trail.tamper(sql!("DELETE FROM audit_events WHERE seal >= 2")).await;
    trail.tamper(sql!("DELETE FROM audit_seals WHERE seq >= 2")).await;
    assert_eq!(trail.flaws().await, [], "nothing is left that could tell");
    let (_, findings) = trail.check_with(&trail.sealer, noted).await;
    assert_eq!((findings[0].seal, &findings[0].flaw), (2, &Flaw::SealsMissing { through: 3 }));
}

/// Seals under a key that is gone hold as long as one follows that is signed.
async fn a_secret_key_can_be_changed_twice(trail: Trail) {
    trail.seals_of_four(2).await;
    let Trail { clock, door, database, .. } = trail;
    let mut trail =
        Trail { clock, door, sealer: Sealer::new(&[2; 32], Some(SECRET_KEY.as_bytes())).unwrap().into(), database };
    assert_eq!(trail.flaws().await, []);
    trail.sealer = Sealer::new(&[3; 32], Some(&[2; 32])).unwrap().into();
    assert_eq!(trail.flaws().await, [(1, Flaw::SealsUnsigned { through: 2 })]);
    trail.write(Uuid::now_v7(), 1).await;
    trail.seal(1).await;
    assert_eq!(trail.flaws().await, []);
    trail.tamper(sql!("UPDATE audit_seals SET count = 5 WHERE seq = 1")).await;
    assert!(trail.flaws().await.contains(&(1, Flaw::SealAltered)));
}
