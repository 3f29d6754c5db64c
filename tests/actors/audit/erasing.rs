//! Somebody's personal data goes, and the trail holds.

use keystead::sql;
use uuid::Uuid;

use super::{Trail, on_each_database};

on_each_database!(erasing_a_person_keeps_the_trail_valid);

async fn erasing_a_person_keeps_the_trail_valid(trail: Trail) {
    let (ada, eve) = (Uuid::now_v7(), Uuid::now_v7());
    for person in [ada, eve, ada, eve] {
        trail.write(person, 3).await;
    }
    trail.seal(5).await;
    trail.seal(5).await;
    // Two of hers are not under a seal yet.
    assert_eq!(trail.erase(ada).await, 6);
    let (verdict, findings) = trail.check().await;
    assert_eq!((verdict.events, verdict.unsealed, findings), (10, 2, vec![]));
    trail.seal(5).await;
    let (verdict, findings) = trail.check().await;
    assert_eq!((verdict.events, verdict.unsealed, findings), (12, 0, vec![]));
    trail.tamper(sql!("UPDATE audit_personal SET ip = '::9'")).await;
    assert_eq!(trail.flaws().await.len(), 6, "what is left is still looked at");
}
