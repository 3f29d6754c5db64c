//! Letters that no flow writes, for tests of what becomes of them.

use std::time::Duration;

use keystead::actors::database::DatabaseDoor;
use keystead::actors::mailer::payload_place;
use keystead::actors::sealing::{Purpose, Sealer};
use keystead::domain::clock::Deadline;
use keystead::domain::letter::Letter;
use keystead::store::conn::Conn;
use keystead::store::query::Query;
use uuid::Uuid;

/// Puts the letter where flows put theirs, and wakes nobody.
pub async fn write_letter(database: &DatabaseDoor, sealer: &Sealer, recipient: &str, letter: &Letter) -> Uuid {
    let id = Uuid::now_v7();
    let text = serde_json::to_vec(&letter.facts()).unwrap();
    let payload = sealer.seal(Purpose::Mail, &payload_place(id), &text).unwrap();
    let put = Put { id, kind: letter.kind(), recipient: recipient.to_owned(), payload };
    database.run(put, Deadline::within(Duration::from_secs(5))).await.unwrap();
    id
}

struct Put {
    id: Uuid,
    kind: &'static str,
    recipient: String,
    payload: Vec<u8>,
}

impl Query for Put {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let now = conn.now();
        conn.query(keystead::sql!(
            "INSERT INTO outbox (id, kind, recipient, payload, attempts, next_attempt_at, created_at) \
             VALUES (?, ?, ?, ?, 0, ?, ?)"
        ))
        .bind(self.id)
        .bind(self.kind)
        .bind(self.recipient.clone())
        .bind(self.payload.clone())
        .bind(now)
        .bind(now)
        .execute()
        .await
    }
}
