//! Events come under seals in their order, each once, and only under the lease.

use std::sync::Arc;
use std::time::Duration;

use keystead::actors::sealing::Sealer;
use keystead::domain::audit_event::{Action, Actor, NewEvent};
use keystead::domain::audit_seal::GENESIS;
use keystead::sql;
use keystead::store::audit_checks::EventsOfSeal;
use keystead::store::audit_events::WriteEvents;
use keystead::store::audit_seals::{CountUnsealed, ListSeals, SEALING, SealEvents};
use keystead::store::leases::{Lease, TakeLease};
use uuid::Uuid;

use crate::ground::Ground;

on_each_database! {
    events_come_under_seals_in_their_order,
    an_event_that_comes_late_comes_under_the_next_seal,
    nothing_is_sealed_without_the_lease,
}

const TTL: Duration = Duration::from_secs(30);

fn event() -> NewEvent {
    NewEvent::new(Uuid::now_v7(), Action::NodeStarted, Actor::SYSTEM)
}

async fn lease(ground: &Ground) -> Lease {
    ground.run(TakeLease { name: SEALING, holder: Uuid::now_v7(), ttl: TTL }).await.unwrap()
}

fn seal(lease: Lease, limit: u16) -> SealEvents {
    let key = Arc::new(Sealer::new(&[1; 32], None).unwrap());
    SealEvents { lease, lease_ttl: TTL, limit, key }
}

async fn under(ground: &Ground, seal: i64) -> Vec<Uuid> {
    ground.run(EventsOfSeal { seal }).await.into_iter().map(|event| event.id).collect()
}

async fn events_come_under_seals_in_their_order(ground: &Ground) {
    let lease = lease(ground).await;
    assert_eq!(ground.run(seal(lease, 128)).await, Some(0));
    // At one moment: then by their ids.
    let events: Vec<NewEvent> = (0..5).map(|_| event()).collect();
    let mut ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    ground.run(WriteEvents(events)).await;
    let later = event();
    ids.push(later.id);
    ground.clock.advance(TTL / 2);
    ground.run(WriteEvents(vec![later])).await;
    assert_eq!(ground.run(CountUnsealed { most: 4 }).await, 4);
    assert_eq!(ground.run(CountUnsealed { most: 9 }).await, 6);
    assert_eq!([ground.run(seal(lease, 4)).await, ground.run(seal(lease, 4)).await], [Some(4), Some(2)]);
    assert_eq!(ground.run(seal(lease, 4)).await, Some(0));
    assert_eq!((under(ground, 1).await, under(ground, 2).await), (ids[..4].to_vec(), ids[4..].to_vec()));
    let seals = ground.run(ListSeals { after: None, limit: 9 }).await;
    assert_eq!(seals.iter().map(|seal| (seal.seq, seal.count)).collect::<Vec<_>>(), [(1, 4), (2, 2)]);
    assert_eq!(seals[0].previous_root, GENESIS);
    assert_eq!(seals[1].previous_root, seals[0].hash());
    assert_eq!(seals[1].sealed_at, ground.clock.now());
    assert_eq!(ground.run(ListSeals { after: Some(1), limit: 9 }).await, seals[1..]);
    assert_eq!(ground.run(ListSeals { after: None, limit: 1 }).await, seals[..1]);
}

async fn an_event_that_comes_late_comes_under_the_next_seal(ground: &Ground) {
    let lease = lease(ground).await;
    let (early, late) = (event(), event());
    ground.run(WriteEvents(vec![early.clone()])).await;
    ground.run(seal(lease, 9)).await;
    ground.run(WriteEvents(vec![late.clone()])).await;
    ground.run(made_old(late.id)).await;
    assert_eq!(ground.run(seal(lease, 9)).await, Some(1));
    assert_eq!((under(ground, 1).await, under(ground, 2).await), (vec![early.id], vec![late.id]));
}

/// As old as nothing that was sealed before.
fn made_old(id: Uuid) -> crate::ground::Change {
    crate::ground::Change(sql!("UPDATE audit_events SET at = 1 WHERE id = ?"), id)
}

async fn nothing_is_sealed_without_the_lease(ground: &Ground) {
    let stale = lease(ground).await;
    ground.clock.advance(TTL);
    let fresh = lease(ground).await;
    ground.run(WriteEvents(vec![event()])).await;
    assert_eq!(ground.run(seal(stale, 9)).await, None);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM audit_seals")).await, 0);
    // A seal prolongs the lease that it is made under.
    ground.clock.advance(TTL.saturating_sub(Duration::from_micros(1)));
    assert_eq!(ground.run(seal(fresh, 9)).await, Some(1));
    ground.clock.advance(TTL / 2);
    assert_eq!(ground.run(TakeLease { name: SEALING, holder: Uuid::now_v7(), ttl: TTL }).await, None);
}
