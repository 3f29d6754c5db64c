//! Letters that were counted, in the table of the throttle: for units that are about to write one.

use super::conn::Conn;
use crate::domain::letter_limit::{LetterLimit, SPAN};
use crate::sql;

#[derive(sqlx::FromRow)]
struct Counted {
    failures: i64,
}

/// Counts one letter; `false` where there were as many as there may be. The row is the unit's until its end, so whoever
/// asks at the same moment waits, and counts on.
pub(super) async fn may_write(conn: &mut Conn<'_>, limit: &LetterLimit) -> sqlx::Result<bool> {
    if count_again(conn, limit).await? == 0 {
        count_first(conn, limit).await?;
    }
    let counted: Counted = conn
        .query(sql!("SELECT failures FROM throttles WHERE key_hash = ? AND kind = ?"))
        .bind(limit.key_hash.to_vec())
        .bind(LetterLimit::KIND)
        .one()
        .await?;
    Ok(counted.failures <= i64::from(limit.letters))
}

async fn count_again(conn: &mut Conn<'_>, limit: &LetterLimit) -> sqlx::Result<u64> {
    let now = conn.now();
    let span_began = now.minus(SPAN);
    // In this order: MySQL assigns from left to right.
    conn.query(sql!(
        "UPDATE throttles SET failures = CASE WHEN first_failure_at <= ? THEN 1 ELSE failures + 1 END, \
         first_failure_at = CASE WHEN first_failure_at <= ? THEN ? ELSE first_failure_at END \
         WHERE key_hash = ? AND kind = ?"
    ))
    .bind(span_began)
    .bind(span_began)
    .bind(now)
    .bind(limit.key_hash.to_vec())
    .bind(LetterLimit::KIND)
    .execute()
    .await
}

/// Whoever loses a race for it breaks the primary key, and the store runs the unit again.
async fn count_first(conn: &mut Conn<'_>, limit: &LetterLimit) -> sqlx::Result<u64> {
    let now = conn.now();
    conn.query(sql!("INSERT INTO throttles (key_hash, kind, failures, first_failure_at) VALUES (?, ?, 1, ?)"))
        .bind(limit.key_hash.to_vec())
        .bind(LetterLimit::KIND)
        .bind(now)
        .execute()
        .await
}
