//! The notary itself: by message, and on one node at a time.

use std::time::Duration;

use keystead::actors::notary::{self, Sealed};
use keystead::store::audit_events::WriteEvents;
use keystead::store::audit_seals::{CountUnsealed, SEALING};
use keystead::store::leases::{ReleaseLease, TakeLease};
use uuid::Uuid;

use super::{Trail, on_each_database, soon};

on_each_database! {
    it_seals_until_nothing_is_left,
    a_lease_that_another_node_holds_is_respected,
    two_at_once_leave_no_gap,
}

impl Trail {
    fn notary(&self) -> notary::NotaryDoor {
        notary::start(Uuid::now_v7(), self.door.clone(), self.sealer.clone())
    }

    async fn write_many(&self, count: usize) {
        let person = Uuid::now_v7();
        self.run(WriteEvents((0..count).map(|_| Self::event(person)).collect())).await;
    }
}

async fn it_seals_until_nothing_is_left(trail: Trail) {
    let notary = trail.notary();
    assert_eq!(notary.seal_once(soon()).await.unwrap().unwrap(), Sealed::default());
    trail.write_many(300).await;
    let sealed = notary.seal_once(soon()).await.unwrap().unwrap();
    assert_eq!(sealed, Sealed { seals: 3, events: 300, left_to_another: false });
    assert_eq!(notary.seal_once(soon()).await.unwrap().unwrap(), Sealed::default());
    let (verdict, findings) = trail.check().await;
    assert_eq!((verdict.seals, verdict.events, verdict.unsealed, findings), (3, 300, 0, vec![]));
}

async fn a_lease_that_another_node_holds_is_respected(trail: Trail) {
    let notary = trail.notary();
    trail.write_many(3).await;
    let take = TakeLease { name: SEALING, holder: Uuid::now_v7(), ttl: Duration::from_secs(30) };
    let lease = trail.run(take).await.unwrap();
    let left = Sealed { left_to_another: true, ..Sealed::default() };
    assert_eq!(notary.seal_once(soon()).await.unwrap().unwrap(), left);
    trail.clock.advance(Duration::from_secs(30));
    let sealed = Sealed { seals: 1, events: 3, left_to_another: false };
    assert_eq!(notary.seal_once(soon()).await.unwrap().unwrap(), sealed);
    // The one from before is worth nothing any more.
    assert_eq!(trail.run(ReleaseLease { name: SEALING, lease }).await, 0);
    trail.write_many(1).await;
    assert_eq!(trail.run(CountUnsealed { most: 9 }).await, 1);
}

async fn two_at_once_leave_no_gap(trail: Trail) {
    let (one, other) = (trail.notary(), trail.notary());
    for _ in 0..5 {
        trail.write_many(20).await;
        let both = futures_util::future::join(one.seal_once(soon()), other.seal_once(soon())).await;
        let events = [both.0, both.1].map(|sealed| sealed.unwrap().unwrap().events);
        assert_eq!(events.iter().sum::<u64>(), 20, "{events:?}");
    }
    let (verdict, findings) = trail.check().await;
    assert_eq!((verdict.events, verdict.unsealed, findings), (100, 0, vec![]));
}
