//! `throttles`: failures that were counted, shared by the nodes. Read before a secret is judged, written on failures.
//!
//! A failure is one conditional UPDATE of each row, so none is lost however many are counted at once. A unit that runs
//! again because its COMMIT was not heard may count its failure twice, never not at all.

use uuid::Uuid;

use super::conn::{Conn, Statement};
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::domain::throttle::{Count, Counter, DELAYS, FREE_FAILURES};
use crate::sql;

/// An account in its window and in its day, and a network.
const MOST_COUNTERS: usize = 3;

/// What stands against somebody. Counters on which nothing was counted are left out.
pub struct FindCounts(pub Vec<Counter>);

#[derive(sqlx::FromRow)]
struct Row {
    key_hash: Vec<u8>,
    failures: i64,
    first_failure_at: Timestamp,
    blocked_until: Option<Timestamp>,
}

impl Query for FindCounts {
    const ACCESS: Access = Access::Read;
    type Output = Vec<(Counter, Count)>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<(Counter, Count)>> {
        find(conn, &self.0).await
    }
}

async fn find(conn: &mut Conn<'_>, counters: &[Counter]) -> sqlx::Result<Vec<(Counter, Count)>> {
    let statement = conn.query(sql!(
        "SELECT key_hash, failures, first_failure_at, blocked_until FROM throttles WHERE key_hash IN (?, ?, ?)"
    ));
    // One is named again where there are fewer.
    let hashes = counters.iter().cycle().take(MOST_COUNTERS).map(|counter| counter.key_hash.to_vec());
    let rows: Vec<Row> = hashes.fold(statement, Statement::bind).all().await?;
    Ok(counters.iter().filter_map(|counter| rows.iter().find_map(|row| row.count_of(counter))).collect())
}

impl Row {
    fn count_of(&self, counter: &Counter) -> Option<(Counter, Count)> {
        (self.key_hash == counter.key_hash).then(|| {
            let failures = u32::try_from(self.failures).unwrap_or(u32::MAX);
            let (first_failure_at, blocked_until) = (self.first_failure_at, self.blocked_until);
            (*counter, Count { failures, first_failure_at, blocked_until })
        })
    }
}

/// Counts one failure on each of these, in windows that begin with the first failure in them. Gives the counts with it: of
/// failures that are counted at the same moment, each sees another number.
pub struct CountFailure(pub Vec<Counter>);

impl Query for CountFailure {
    type Output = Vec<(Counter, Count)>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<(Counter, Count)>> {
        for counter in &self.0 {
            if count_again(conn, counter).await? == 0 {
                count_first(conn, counter).await?;
            }
        }
        find(conn, &self.0).await
    }
}

/// For units that say an account is all right again. How many of its counters there were.
pub(super) async fn forget_account(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<u64> {
    let delete = conn.query(sql!("DELETE FROM throttles WHERE key_hash IN (?, ?, ?, ?)"));
    let hashes = Counter::of_account(user_id).map(|counter| counter.key_hash.to_vec());
    hashes.into_iter().fold(delete, Statement::bind).execute().await
}

/// The statement below names the failures before each delay.
const _: () =
    assert!(FREE_FAILURES == 3 && DELAYS.len() == 7, "as many delays as the statement has, from the fourth on");

async fn count_again(conn: &mut Conn<'_>, counter: &Counter) -> sqlx::Result<u64> {
    let now = conn.now();
    let window_began = now.minus(counter.kind.window());
    let statement = if counter.kind.delays() {
        // MySQL assigns from left to right, and what stands to the right sees the new values: so in this order.
        let statement = conn.query(sql!(
            "UPDATE throttles SET blocked_until = CASE WHEN first_failure_at <= ? THEN NULL WHEN failures < 3 THEN NULL \
             WHEN failures = 3 THEN ? WHEN failures = 4 THEN ? WHEN failures = 5 THEN ? WHEN failures = 6 THEN ? \
             WHEN failures = 7 THEN ? WHEN failures = 8 THEN ? ELSE ? END, \
             failures = CASE WHEN first_failure_at <= ? THEN 1 ELSE failures + 1 END, \
             first_failure_at = CASE WHEN first_failure_at <= ? THEN ? ELSE first_failure_at END \
             WHERE key_hash = ? AND kind = ?"
        ));
        let statement = statement.bind(window_began);
        DELAYS.iter().fold(statement, |statement, delay| statement.bind(now.plus(*delay)))
    } else {
        conn.query(sql!(
            "UPDATE throttles SET failures = CASE WHEN first_failure_at <= ? THEN 1 ELSE failures + 1 END, \
             first_failure_at = CASE WHEN first_failure_at <= ? THEN ? ELSE first_failure_at END \
             WHERE key_hash = ? AND kind = ?"
        ))
    };
    let statement = statement.bind(window_began).bind(window_began).bind(now);
    statement.bind(counter.key_hash.to_vec()).bind(counter.kind.word()).execute().await
}

/// Whoever loses a race for it breaks the primary key, and the store runs the unit again.
async fn count_first(conn: &mut Conn<'_>, counter: &Counter) -> sqlx::Result<u64> {
    let now = conn.now();
    conn.query(sql!("INSERT INTO throttles (key_hash, kind, failures, first_failure_at) VALUES (?, ?, 1, ?)"))
        .bind(counter.key_hash.to_vec())
        .bind(counter.kind.word())
        .bind(now)
        .execute()
        .await
}
