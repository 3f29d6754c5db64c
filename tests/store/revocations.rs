//! `revocations`: read in the order of its cursor, until each row has expired.

use std::time::Duration;

use keystead::domain::clock::Timestamp;
use keystead::domain::revocation::{Revocation, What};
use keystead::domain::session::EndReason;
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::error::StoreError;
use keystead::store::query::Query;
use keystead::store::revocations::{FindGlobalRevocations, RevocationsAfter};
use keystead::store::sessions::EndUserSessions;
use uuid::Uuid;

use crate::ground::{ACCESS_TTL, Change, Ground, HOUR, START};

on_each_database! {
    pages_follow_each_other_without_a_gap,
    what_has_expired_is_not_told,
    what_concerns_everybody_is_told_by_its_newest,
    a_row_that_cannot_be_read_is_an_error_and_not_passed_over,
}

const SECOND: Duration = Duration::from_secs(1);

/// A row of a kind that only later versions write.
struct WriteGlobal(What);

impl Query for WriteGlobal {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let now = conn.now();
        let row = Revocation::new(now, self.0, "by_test", ACCESS_TTL);
        conn.query(sql!("INSERT INTO revocations (id, at, kind, reason, expires_at) VALUES (?, ?, ?, ?, ?)"))
            .bind(row.id)
            .bind(row.at)
            .bind(row.what.kind())
            .bind(row.reason)
            .bind(row.expires_at)
            .execute()
            .await
    }
}

async fn end_all(ground: &Ground, user_id: Uuid) -> Revocation {
    let reason = EndReason::SignedOut;
    ground.run(EndUserSessions { user_id, except: None, reason, access_ttl: ACCESS_TTL }).await.unwrap()
}

async fn pages_follow_each_other_without_a_gap(ground: &Ground) {
    let mut written = Vec::new();
    for name in ["ada", "bob", "cleo"] {
        // Two within one microsecond, then a little later.
        let user = ground.user(name).await;
        written.extend([end_all(ground, user).await, end_all(ground, user).await]);
        ground.clock.advance(SECOND);
    }
    written.sort_by_key(|row| (row.at, row.id));
    let (mut at, mut id, mut read) = (Timestamp::default(), Uuid::nil(), Vec::new());
    loop {
        let page = ground.run(RevocationsAfter { at, id, limit: 1 }).await;
        let Some(last) = page.last() else { break };
        (at, id) = (last.at, last.id);
        read.extend(page);
    }
    assert_eq!(read, written);
    let whole = ground.run(RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 1_000 }).await;
    assert_eq!(whole, written);
    let newer = ground.run(RevocationsAfter { at: START.plus(SECOND), id: Uuid::max(), limit: 1_000 }).await;
    assert_eq!(newer, written[4..], "after the last id of its microsecond");
}

async fn what_has_expired_is_not_told(ground: &Ground) {
    let row = end_all(ground, ground.user("ada").await).await;
    let all = || RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 10 };
    ground.clock.advance(row.expires_at.since(START).saturating_sub(Duration::from_micros(1)));
    assert_eq!(ground.run(all()).await, [row]);
    ground.clock.advance(Duration::from_micros(1));
    assert!(ground.run(all()).await.is_empty());
}

async fn what_concerns_everybody_is_told_by_its_newest(ground: &Ground) {
    let (then, long_ago) = (START.unix_seconds(), START.minus(HOUR).unix_seconds());
    end_all(ground, ground.user("ada").await).await;
    let none = ground.run(FindGlobalRevocations).await;
    assert!(!none.ends(long_ago) && !none.makes_stale(long_ago));

    ground.run(WriteGlobal(What::AllClaims)).await;
    ground.clock.advance(SECOND);
    ground.run(WriteGlobal(What::AllClaims)).await;
    let stale = ground.run(FindGlobalRevocations).await;
    assert!(stale.makes_stale(then + 1) && !stale.makes_stale(then + 2) && !stale.ends(long_ago));

    ground.run(WriteGlobal(What::All)).await;
    let ended = ground.run(FindGlobalRevocations).await;
    assert!(ended.ends(then) && ended.ends(then + 1) && !ended.ends(then + 2));
    ground.clock.advance(HOUR);
    assert_eq!(ground.run(FindGlobalRevocations).await, none, "nothing lives any more that they concern");
}

async fn a_row_that_cannot_be_read_is_an_error_and_not_passed_over(ground: &Ground) {
    let row = end_all(ground, ground.user("ada").await).await;
    for spoil in [
        sql!("UPDATE revocations SET epoch = NULL WHERE id = ?"),
        sql!("UPDATE revocations SET kind = 'from the future' WHERE id = ?"),
    ] {
        ground.run(Change(spoil, row.id)).await;
        let read = ground.try_run(RevocationsAfter { at: Timestamp::default(), id: Uuid::nil(), limit: 10 }).await;
        assert!(matches!(read, Err(StoreError::Refused(_))), "{read:?}");
    }
}
