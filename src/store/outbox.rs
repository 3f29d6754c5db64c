//! `outbox`: mail that is to be sent. It is written in the unit that it tells of, so neither happens without the other.
//!
//! A mail waits (`sent_at` is NULL, `next_attempt_at` says until when), is sent (`sent_at`), or was given up (`sent_at` is
//! NULL, and `next_attempt_at` never comes). Any node may claim what is due: one conditional UPDATE moves
//! `next_attempt_at` on, and a claimer that dies leaves a mail that is due again then.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::clock::Timestamp;
use crate::sql;

/// A mail as it stands in the table.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub id: Uuid,
    /// One of the words of [`crate::domain::letter::Letter`].
    pub kind: &'static str,
    pub recipient: String,
    /// Sealed: it may hold a token.
    pub payload: Vec<u8>,
}

/// For the unit that a mail tells of. A repeated run finds its own mail by the id it brought.
pub(super) async fn put(conn: &mut Conn<'_>, mail: &NewMail) -> sqlx::Result<()> {
    let now = conn.now();
    conn.query(sql!(
        "INSERT INTO outbox (id, kind, recipient, payload, attempts, next_attempt_at, created_at) \
         SELECT ?, ?, ?, ?, 0, ?, ? WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE id = ?)",
        mysql = "INSERT INTO outbox (id, kind, recipient, payload, attempts, next_attempt_at, created_at) \
         SELECT ?, ?, ?, ?, 0, ?, ? FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE id = ?)"
    ))
    .bind(mail.id)
    .bind(mail.kind)
    .bind(mail.recipient.clone())
    .bind(mail.payload.clone())
    .bind(now)
    .bind(now)
    .bind(mail.id)
    .execute()
    .await?;
    Ok(())
}

/// Where `next_attempt_at` stands for what will not be tried again: no clock gets there.
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// A mail that may be sent now.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DueMail {
    pub id: Uuid,
    /// A word of [`crate::domain::letter::Letter`], perhaps of a newer version's.
    pub kind: String,
    pub recipient: String,
    pub payload: Option<Vec<u8>>,
    /// Claims so far.
    pub attempts: i64,
    pub created_at: Timestamp,
}

/// Since when the longest due mail waits to be sent.
pub struct OldestDue;

#[derive(sqlx::FromRow)]
struct Oldest {
    at: Option<Timestamp>,
}

impl Query for OldestDue {
    const ACCESS: Access = Access::Read;
    /// `None`: nothing waits but for its time to come.
    type Output = Option<Timestamp>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Timestamp>> {
        let now = conn.now();
        let find = sql!("SELECT MIN(next_attempt_at) AS at FROM outbox WHERE sent_at IS NULL AND next_attempt_at <= ?");
        let Oldest { at } = conn.query(find).bind(now).one().await?;
        Ok(at)
    }
}

/// Mail that is due, the longest due first. To be sent it must be claimed.
pub struct FindDue {
    pub limit: u16,
}

impl Query for FindDue {
    const ACCESS: Access = Access::Read;
    type Output = Vec<DueMail>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<DueMail>> {
        let now = conn.now();
        conn.query(sql!(
            "SELECT id, kind, recipient, payload, attempts, created_at FROM outbox \
             WHERE sent_at IS NULL AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT ?"
        ))
        .bind(now)
        .bind(i64::from(self.limit))
        .all()
        .await
    }
}

/// Takes a mail for one attempt: nobody else does before `until`.
pub struct ClaimMail {
    pub id: Uuid,
    /// As it was found.
    pub attempts: i64,
    /// Drawn at random to the microsecond, so that it is also this claim's own mark: a run whose predecessor's COMMIT
    /// was not heard finds it and counts the claim as its own.
    pub until: Timestamp,
}

impl Query for ClaimMail {
    const SINGLE: bool = true;
    /// 1 where the mail is the claimer's.
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let now = conn.now();
        conn.query(sql!(
            "UPDATE outbox SET attempts = ?, next_attempt_at = ? WHERE id = ? AND sent_at IS NULL \
             AND ((attempts = ? AND next_attempt_at <= ?) OR (attempts = ? AND next_attempt_at = ?))"
        ))
        .bind(self.attempts + 1)
        .bind(self.until)
        .bind(self.id)
        .bind(self.attempts)
        .bind(now)
        .bind(self.attempts + 1)
        .bind(self.until)
        .execute()
        .await
    }
}

/// It has left, whoever else may have claimed it since. What it said goes.
pub struct MarkSent {
    pub id: Uuid,
}

impl Query for MarkSent {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let now = conn.now();
        conn.query(sql!("UPDATE outbox SET sent_at = ?, payload = NULL WHERE id = ? AND sent_at IS NULL"))
            .bind(now)
            .bind(self.id)
            .execute()
            .await
    }
}

/// What becomes of a mail that could not be sent. Counts for the latest claim only.
pub struct AfterFailure {
    pub id: Uuid,
    /// With the claim's own.
    pub attempts: i64,
    /// `None`: it is given up, and what it said goes.
    pub again_at: Option<Timestamp>,
}

impl Query for AfterFailure {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let update = if self.again_at.is_some() {
            sql!("UPDATE outbox SET next_attempt_at = ? WHERE id = ? AND sent_at IS NULL AND attempts = ?")
        } else {
            sql!(
                "UPDATE outbox SET next_attempt_at = ?, payload = NULL \
                 WHERE id = ? AND sent_at IS NULL AND attempts = ?"
            )
        };
        conn.query(update).bind(self.again_at.unwrap_or(NEVER)).bind(self.id).bind(self.attempts).execute().await
    }
}
