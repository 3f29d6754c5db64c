//! `leases`: one holder at a time, and a fence that never falls.

use std::time::Duration;

use keystead::store::leases::{Lease, ReleaseLease, TakeLease};
use uuid::Uuid;

use crate::ground::Ground;

on_each_database! {
    one_holds_a_lease_until_it_runs_out,
    a_holder_that_comes_again_keeps_its_fence,
    a_lease_that_is_given_back_is_free,
    leases_of_two_names_are_two,
}

const NAME: &str = "sweeping";
const TTL: Duration = Duration::from_secs(30);
const MICRO: Duration = Duration::from_micros(1);

async fn take(ground: &Ground, holder: Uuid) -> Option<i64> {
    let lease = ground.run(TakeLease { name: NAME, holder, ttl: TTL }).await?;
    assert_eq!(lease.holder, holder);
    Some(lease.fence)
}

async fn one_holds_a_lease_until_it_runs_out(ground: &Ground) {
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(take(ground, one).await, Some(1));
    assert_eq!(take(ground, other).await, None);
    ground.clock.advance(TTL.saturating_sub(MICRO));
    assert_eq!(take(ground, other).await, None);
    ground.clock.advance(MICRO);
    assert_eq!(take(ground, other).await, Some(2));
    assert_eq!(take(ground, one).await, None);
    ground.clock.advance(TTL);
    assert_eq!(take(ground, other).await, Some(3), "one's own lease that has run out was anybody's in between");
}

async fn a_holder_that_comes_again_keeps_its_fence(ground: &Ground) {
    let me = Uuid::now_v7();
    for _ in 0..3 {
        assert_eq!(take(ground, me).await, Some(1));
        ground.clock.advance(TTL / 2);
    }
    assert_eq!(take(ground, Uuid::now_v7()).await, None, "the last one prolonged it");
}

async fn a_lease_that_is_given_back_is_free(ground: &Ground) {
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(take(ground, one).await, Some(1));
    let back = |holder, fence| ReleaseLease { name: NAME, lease: Lease { holder, fence } };
    assert_eq!(ground.run(back(other, 1)).await, 0);
    assert_eq!(ground.run(back(one, 2)).await, 0);
    assert_eq!(take(ground, other).await, None);
    assert_eq!(ground.run(back(one, 1)).await, 1);
    assert_eq!(take(ground, other).await, Some(2));
    assert_eq!(ground.run(back(one, 1)).await, 0, "late: it is another's now");
    assert_eq!(take(ground, one).await, None);
}

async fn leases_of_two_names_are_two(ground: &Ground) {
    assert_eq!(take(ground, Uuid::now_v7()).await, Some(1));
    let other = TakeLease { name: "mailing", holder: Uuid::now_v7(), ttl: TTL };
    assert_eq!(ground.run(other).await.map(|lease| lease.fence), Some(1));
}
