//! An event of the audit trail as JSON: in answers, and a line each in what the command line writes out.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::audit_record::AuditRecord;

#[derive(Serialize)]
pub struct EventJson {
    id: Uuid,
    at: String,
    /// The process that wrote it.
    node: Uuid,
    actor: ActorJson,
    action: String,
    /// Whom or what it is about.
    subject_id: Option<Uuid>,
    session_id: Option<Uuid>,
    outcome: String,
    request_id: Option<String>,
    detail: Value,
    /// These three go when their person does.
    ip: Option<String>,
    user_agent: Option<String>,
    identifier: Option<String>,
    /// The number of its seal; null for the first few seconds.
    seal: Option<i64>,
}

#[derive(Serialize)]
struct ActorJson {
    kind: String,
    id: Option<Uuid>,
}

impl From<AuditRecord> for EventJson {
    fn from(record: AuditRecord) -> Self {
        let AuditRecord { event, personal, seal } = record;
        // What somebody has tampered with is shown all the same.
        let detail = serde_json::from_str(&event.detail).unwrap_or(Value::String(event.detail));
        Self {
            id: event.id,
            at: event.at.rfc3339(),
            node: event.node,
            actor: ActorJson { kind: event.actor_kind, id: event.actor_id },
            action: event.action,
            subject_id: event.subject_id,
            session_id: event.session_id,
            outcome: event.outcome,
            request_id: event.request_id,
            detail,
            ip: personal.ip,
            user_agent: personal.user_agent,
            identifier: personal.identifier,
            seal,
        }
    }
}
