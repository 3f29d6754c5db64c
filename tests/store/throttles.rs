//! The throttle's counts: none is lost, windows begin with their first failure, delays grow.

use std::time::Duration;

use keystead::domain::network::Network;
use keystead::domain::throttle::{Count, Counter, DELAYS, FREE_FAILURES, Subject};
use keystead::sql;
use keystead::store::conn::Conn;
use keystead::store::query::{Access, Query};
use keystead::store::throttles::{CountFailure, FindCounts};
use uuid::Uuid;

use crate::ground::Ground;
use crate::races::{TASKS, all_at_once, nodes, rounds};

on_each_database! {
    nothing_is_counted_before_the_first_failure,
    windows_begin_with_their_first_failure,
    delays_grow_with_the_failures_of_a_window,
    every_failure_of_64_at_once_is_counted,
    to_read_and_then_to_write_loses_failures,
}

const MICRO: Duration = Duration::from_micros(1);

fn stranger(id: usize) -> Vec<Counter> {
    let id = Uuid::from_u128(u128::try_from(id).unwrap());
    Subject::account(id, false).counters(Network::parse("192.0.2.7"))
}

async fn counts(ground: &Ground, counters: &[Counter]) -> Vec<Count> {
    ground.run(FindCounts(counters.to_vec())).await.into_iter().map(|(_, count)| count).collect()
}

async fn failures(ground: &Ground, counters: &[Counter]) -> Vec<u32> {
    counts(ground, counters).await.into_iter().map(|count| count.failures).collect()
}

async fn nothing_is_counted_before_the_first_failure(ground: &Ground) {
    let (ada, bob) = (stranger(1), stranger(2));
    assert_eq!(ground.run(FindCounts(ada.clone())).await, []);
    ground.run(CountFailure(ada.clone())).await;
    let first = Count { failures: 1, first_failure_at: ground.clock.now(), blocked_until: None };
    let expected: Vec<_> = ada.iter().map(|counter| (*counter, first)).collect();
    assert_eq!(ground.run(FindCounts(ada.clone())).await, expected);
    assert_eq!(ground.run(FindCounts(bob.clone())).await, expected[2..], "of the network alone");
    let known = Subject::signed_in(Uuid::from_u128(1)).counters(None);
    assert_eq!(ground.run(FindCounts(known.clone())).await, []);
    ground.run(CountFailure(known.clone())).await;
    assert_eq!((failures(ground, &known).await, failures(ground, &ada).await), (vec![1, 1], vec![1, 1, 1]));
}

async fn windows_begin_with_their_first_failure(ground: &Ground) {
    let ada = stranger(1);
    let begin = ground.clock.now();
    ground.run(CountFailure(ada.clone())).await;
    ground.clock.advance(Duration::from_mins(15).saturating_sub(MICRO));
    ground.run(CountFailure(ada.clone())).await;
    assert_eq!(failures(ground, &ada).await, [2, 2, 2]);
    assert!(counts(ground, &ada).await.iter().all(|count| count.first_failure_at == begin));
    ground.clock.advance(MICRO);
    ground.run(CountFailure(ada.clone())).await;
    assert_eq!(failures(ground, &ada).await, [1, 3, 1], "the day's goes on");
    let now = ground.clock.now();
    let firsts: Vec<_> = counts(ground, &ada).await.iter().map(|count| count.first_failure_at).collect();
    assert_eq!(firsts, [now, begin, now]);
    ground.clock.advance(Duration::from_mins(23 * 60 + 45));
    ground.run(CountFailure(ada.clone())).await;
    assert_eq!(failures(ground, &ada).await, [1, 1, 1]);
    assert_eq!(ground.count(sql!("SELECT COUNT(*) AS n FROM throttles")).await, 3);
}

async fn delays_grow_with_the_failures_of_a_window(ground: &Ground) {
    let ada = stranger(1);
    for failure in 1..=14_u32 {
        ground.run(CountFailure(ada.clone())).await;
        let now = ground.clock.now();
        let [account, day, network] = counts(ground, &ada).await.try_into().unwrap();
        let delay = failure.checked_sub(FREE_FAILURES + 1).map(|after| usize::try_from(after).unwrap());
        let until = delay.map(|after| now.plus(DELAYS[after.min(DELAYS.len() - 1)]));
        assert_eq!((account.failures, account.blocked_until), (failure, until));
        assert_eq!((day.blocked_until, network.blocked_until), (None, None));
        ground.clock.advance(Duration::from_secs(20));
    }
    ground.clock.advance(Duration::from_mins(15));
    ground.run(CountFailure(ada.clone())).await;
    let first = Count { failures: 1, first_failure_at: ground.clock.now(), blocked_until: None };
    assert_eq!(counts(ground, &ada[..1]).await, [first], "with the window the delay is over");
}

async fn every_failure_of_64_at_once_is_counted(ground: &Ground) {
    let nodes = nodes(ground).await;
    let all = u32::try_from(TASKS).unwrap();
    for round in 0..rounds() {
        let ada = stranger(round);
        // The row is not there yet: all of them want to be the first.
        all_at_once(&nodes, || CountFailure(ada.clone())).await;
        let of_all_rounds = all * u32::try_from(round + 1).unwrap();
        assert_eq!(failures(ground, &ada).await, [all, all, of_all_rounds], "round {round}");
    }
}

/// Broken on purpose: reads the count, and writes one more without asking again.
struct ReadThenWrite(Counter);

impl Query for ReadThenWrite {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let failures = Read(self.0).run(conn).await?;
        tokio::task::yield_now().await;
        Write { failures: failures + 1, counter: self.0 }.run(conn).await
    }
}

struct Read(Counter);

impl Query for Read {
    const ACCESS: Access = Access::Read;
    type Output = i64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<i64> {
        let found = FindCounts(vec![self.0]).run(conn).await?;
        Ok(found.first().map_or(0, |(_, count)| i64::from(count.failures)))
    }
}

struct Write {
    failures: i64,
    counter: Counter,
}

impl Query for Write {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        let sql = sql!("UPDATE throttles SET failures = ? WHERE key_hash = ?");
        conn.query(sql).bind(self.failures).bind(self.counter.key_hash.to_vec()).execute().await?;
        Ok(())
    }
}

/// The control. SQLite's single writer would save it, so there the two halves are two units.
async fn to_read_and_then_to_write_loses_failures(ground: &Ground) {
    let nodes = nodes(ground).await;
    let mut fewest = u32::MAX;
    for round in 0..rounds() {
        let counter = stranger(round)[0];
        ground.run(CountFailure(vec![counter])).await;
        if ground.is_sqlite() {
            for failures in all_at_once(&nodes, || Read(counter)).await {
                ground.run(Write { failures: failures + 1, counter }).await;
            }
        } else {
            all_at_once(&nodes, || ReadThenWrite(counter)).await;
        }
        fewest = fewest.min(failures(ground, &[counter]).await[0] - 1);
    }
    assert!(fewest < u32::try_from(TASKS).unwrap(), "nobody met: this race is none");
}
