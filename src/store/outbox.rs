//! `outbox`: mail that is to be sent. It is written in the unit that it tells of, so neither happens without the other.

use uuid::Uuid;

use super::conn::Conn;
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
