//! The sweeper's queries: the longest dead first, whole families, and only under the lease.

use std::time::Duration;

use keystead::domain::session::EndReason;
use keystead::domain::throttle::{Counter, Subject};
use keystead::sql;
use keystead::store::dead_counts::CountDead;
use keystead::store::leases::{Lease, TakeLease};
use keystead::store::sessions::{EndSession, EndUserSessions};
use keystead::store::sweeping::{Dead, DeadKey, DeleteDead, FindDead, SWEEPING};
use keystead::store::throttles::{CountFailure, FindCounts};
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Ground, HOUR, set_up_token};

on_each_database! {
    the_dead_are_found_the_longest_dead_first,
    a_session_goes_with_its_family_and_the_living_stay,
    a_count_that_lives_again_stays,
    any_number_of_rows_goes_in_one_batch,
    nothing_goes_without_the_lease,
}

const TTL: Duration = Duration::from_secs(30);

async fn lease(ground: &Ground) -> Lease {
    ground.run(TakeLease { name: SWEEPING, holder: Uuid::now_v7(), ttl: TTL }).await.unwrap()
}

async fn dead(ground: &Ground, dead: Dead) -> Vec<DeadKey> {
    let since = ground.clock.now();
    let found = ground.run(FindDead { dead, since, limit: 1_000 }).await;
    let counted = ground.run(CountDead { dead, since }).await;
    // Those that were ended and have expired are counted as expired.
    let is_all = counted == found.len() as u64 || dead == Dead::EndedSessions && counted < found.len() as u64;
    assert!(is_all, "{dead:?}: {counted} of {found:?}");
    found
}

async fn the_dead_are_found_the_longest_dead_first(ground: &Ground) {
    let ada = ground.user("ada").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(DeadKey::Id(ground.session(ada).await.id));
        ground.clock.advance(HOUR);
    }
    assert!(dead(ground, Dead::ExpiredSessions).await.is_empty());
    ground.clock.advance(24 * HOUR);
    assert_eq!(dead(ground, Dead::ExpiredSessions).await, ids);
    let since = ground.clock.now();
    assert_eq!(ground.run(FindDead { dead: Dead::ExpiredSessions, since, limit: 2 }).await, ids[..2]);
    let since = since.minus(2 * HOUR);
    assert_eq!(ground.run(FindDead { dead: Dead::ExpiredSessions, since, limit: 9 }).await, ids[..1]);
}

async fn a_session_goes_with_its_family_and_the_living_stay(ground: &Ground) {
    let ada = ground.user("ada").await;
    let (ended, alive) = (ground.session(ada).await, ground.session(ada).await);
    let end = EndSession { session_id: ended.id, user_id: ada, reason: EndReason::SignedOut, access_ttl: ACCESS_TTL };
    ground.run(end).await;
    ground.run(set_up_token([1; 32], ground.clock.now())).await;
    ground.run(CountFailure(Subject::signed_in(ada).counters(None)[..1].to_vec())).await;
    ground.clock.advance(HOUR);
    let lease = lease(ground).await;
    let mut gone = Vec::new();
    for kind in Dead::ALL {
        let keys = dead(ground, kind).await;
        gone.push((
            kind,
            ground.run(DeleteDead { dead: kind, keys, since: ground.clock.now(), lease, lease_ttl: TTL }).await,
        ));
    }
    let one_each = [
        (Dead::ExpiredSessions, Some(0)),
        (Dead::EndedSessions, Some(1)),
        (Dead::Revocations, Some(1)),
        (Dead::OneTimeTokens, Some(1)),
        (Dead::SentMail, Some(0)),
        (Dead::LostMail, Some(0)),
        (Dead::Throttles, Some(1)),
    ];
    assert_eq!(gone, one_each);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM refresh_tokens")).await, 1);
    assert_eq!(ground.family(&alive).await.session_id, alive.id);
}

/// A count that began anew after it was found.
async fn a_count_that_lives_again_stays(ground: &Ground) {
    let counters: Vec<Counter> = (0..9).flat_map(|id| Subject::signed_in(Uuid::from_u128(id)).counters(None)).collect();
    ground.run(CountFailure(counters.clone())).await;
    ground.clock.advance(24 * HOUR);
    let keys = dead(ground, Dead::Throttles).await;
    assert_eq!(keys.len(), 18);
    let since = ground.clock.now();
    ground.run(CountFailure(counters[..2].to_vec())).await;
    let lease = lease(ground).await;
    let batch = DeleteDead { dead: Dead::Throttles, keys, since, lease, lease_ttl: TTL };
    assert_eq!(ground.run(batch).await, Some(16));
    assert_eq!(ground.run(FindCounts(counters)).await.len(), 2);
}

/// Statements take 64, 8 and 1 keys: 2 × 64 + 8 + 3.
async fn any_number_of_rows_goes_in_one_batch(ground: &Ground) {
    let ada = ground.user("ada").await;
    let end = || EndUserSessions { user_id: ada, except: None, reason: EndReason::SignedOut, access_ttl: ACCESS_TTL };
    for _ in 0..139 {
        ground.run(end()).await;
    }
    ground.clock.advance(HOUR);
    ground.run(end()).await;
    let lease = lease(ground).await;
    let keys = dead(ground, Dead::Revocations).await;
    assert_eq!(keys.len(), 139);
    let since = ground.clock.now();
    let batch = |keys| DeleteDead { dead: Dead::Revocations, keys, since, lease, lease_ttl: TTL };
    assert_eq!(ground.run(batch(keys.clone())).await, Some(139));
    assert_eq!(ground.run(batch(keys)).await, Some(0), "a batch that runs again finds nothing to do");
    assert_eq!(ground.run(batch(Vec::new())).await, Some(0));
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM revocations")).await, 1);
}

async fn nothing_goes_without_the_lease(ground: &Ground) {
    let ada = ground.user("ada").await;
    ground.session(ada).await;
    ground.clock.advance(48 * HOUR);
    let stale = lease(ground).await;
    ground.clock.advance(TTL);
    let fresh = lease(ground).await;
    let keys = dead(ground, Dead::ExpiredSessions).await;
    let since = ground.clock.now();
    let batch = |lease| DeleteDead { dead: Dead::ExpiredSessions, keys: keys.clone(), since, lease, lease_ttl: TTL };
    assert_eq!(ground.run(batch(stale)).await, None);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM sessions")).await, 1);
    // A batch prolongs the lease that it runs under.
    ground.clock.advance(TTL.saturating_sub(Duration::from_micros(1)));
    assert_eq!(ground.run(batch(fresh)).await, Some(1));
    ground.clock.advance(TTL / 2);
    assert_eq!(ground.run(TakeLease { name: SWEEPING, holder: Uuid::now_v7(), ttl: TTL }).await, None);
}
