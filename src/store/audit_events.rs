//! `audit_events` and `audit_personal`: what happened, and whom it was about.
//!
//! An event is written in the unit that it tells of ([`super::audited`]) and never changed afterwards, but for the seal
//! that it comes under. What is personal stands in a row of its own, which goes when its person does.

use uuid::Uuid;

use super::conn::Conn;
use super::query::Query;
use crate::domain::audit_event::{AuditEvent, NewEvent, Personal};
use crate::domain::clock::Timestamp;
use crate::sql;

/// Events of something that changes no other table.
pub struct WriteEvents(pub Vec<NewEvent>);

impl Query for WriteEvents {
    type Output = ();

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<()> {
        for event in &self.0 {
            write(conn, event).await?;
        }
        Ok(())
    }
}

/// For units that know by themselves what they tell. A repeated run finds its own event by the id it brought.
pub(super) async fn write(conn: &mut Conn<'_>, event: &NewEvent) -> sqlx::Result<()> {
    let now = conn.now();
    let statement = conn.query(sql!(
        "INSERT INTO audit_events (id, at, node, actor_kind, actor_id, action, subject_id, session_id, outcome, \
         request_id, detail, personal_digest) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? \
         WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE id = ?)",
        mysql = "INSERT INTO audit_events (id, at, node, actor_kind, actor_id, action, subject_id, session_id, outcome, \
         request_id, detail, personal_digest) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM DUAL \
         WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE id = ?)"
    ));
    let statement = statement.bind(event.id).bind(now).bind(event.node).bind(event.actor.kind.word());
    let statement = statement.bind(event.actor.id).bind(event.action.word()).bind(event.subject_id);
    let statement = statement.bind(event.session_id).bind(event.outcome.word()).bind(event.request_id.clone());
    let digest = event.personal_digest().to_vec();
    let inserted = statement.bind(event.detail_json()).bind(digest).bind(event.id).execute().await?;
    // Of an event that was there the personal data is there too, unless it was erased since.
    if inserted == 1 && !event.personal.is_empty() { write_personal(conn, event).await } else { Ok(()) }
}

async fn write_personal(conn: &mut Conn<'_>, event: &NewEvent) -> sqlx::Result<()> {
    let Personal { ip, user_agent, identifier } = event.personal.clone();
    conn.query(sql!(
        "INSERT INTO audit_personal (event_id, person_id, salt, ip, user_agent, identifier) VALUES (?, ?, ?, ?, ?, ?)"
    ))
    .bind(event.id)
    .bind(event.person_id())
    .bind(event.salt.to_vec())
    .bind(ip)
    .bind(user_agent)
    .bind(identifier)
    .execute()
    .await?;
    Ok(())
}

/// The columns of an [`EventRow`], of `audit_events e`.
macro_rules! event_columns {
    () => {
        "e.id, e.at, e.node, e.actor_kind, e.actor_id, e.action, e.subject_id, e.session_id, e.outcome, e.request_id, \
         e.detail, e.personal_digest"
    };
}
pub(super) use event_columns;

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct EventRow {
    id: Uuid,
    at: Timestamp,
    node: Uuid,
    actor_kind: String,
    actor_id: Option<Uuid>,
    action: String,
    subject_id: Option<Uuid>,
    session_id: Option<Uuid>,
    outcome: String,
    request_id: Option<String>,
    pub(super) detail: String,
    personal_digest: Vec<u8>,
}

impl From<EventRow> for AuditEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            node: row.node,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            action: row.action,
            subject_id: row.subject_id,
            session_id: row.session_id,
            outcome: row.outcome,
            request_id: row.request_id,
            detail: row.detail,
            personal_digest: row.personal_digest,
        }
    }
}

/// What is personal of somebody who is being deleted: what is theirs, and what names them. The events stay.
pub(super) async fn erase(conn: &mut Conn<'_>, user_id: Uuid, names: &[String]) -> sqlx::Result<()> {
    conn.query(sql!("DELETE FROM audit_personal WHERE person_id = ?")).bind(user_id).execute().await?;
    for name in names {
        conn.query(sql!("DELETE FROM audit_personal WHERE identifier = ?")).bind(name.clone()).execute().await?;
    }
    Ok(())
}
