//! `audit_events` and `audit_personal`, as a list for those whose account the events are about.

use uuid::Uuid;

use super::audit_events::{EventRow, event_columns};
use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::audit_event::{AuditEvent, Personal};
use crate::domain::own_event::OwnEvent;
use crate::domain::page::{Page, PageCursor, PageRequest};
use crate::sql;

/// What happened to a user's account, newest first. Where somebody else did it, who that was stays out.
pub struct ListOwnEvents {
    pub user_id: Uuid,
    pub page: PageRequest,
}

#[derive(sqlx::FromRow)]
struct OwnRow {
    #[sqlx(flatten)]
    event: EventRow,
    ip: Option<String>,
    user_agent: Option<String>,
    identifier: Option<String>,
}

/// Up to the condition; binds the user twice. Personal data of somebody else is left out.
macro_rules! select_own {
    () => {
        concat!(
            "SELECT ",
            event_columns!(),
            ", p.ip, p.user_agent, p.identifier FROM audit_events e \
             LEFT JOIN audit_personal p ON p.event_id = e.id AND p.person_id = ? WHERE e.subject_id = ?"
        )
    };
}

impl Query for ListOwnEvents {
    const ACCESS: Access = Access::Read;
    type Output = Page<OwnEvent>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Page<OwnEvent>> {
        let after = self.page.place();
        let rows: Vec<OwnRow> = conn
            .query(sql!(concat!(
                select_own!(),
                " AND e.at <= ? AND (e.at < ? OR e.id < ?) ORDER BY e.at DESC, e.id DESC LIMIT ?"
            )))
            .bind(self.user_id)
            .bind(self.user_id)
            .bind(after.at)
            .bind(after.at)
            .bind(after.id)
            .bind(self.page.rows())
            .all()
            .await?;
        let events = rows.into_iter().map(|row| row.told(self.user_id)).collect();
        Ok(Page::cut(events, self.page, |event| PageCursor { at: event.at, id: event.id }))
    }
}

/// All of them, the oldest first.
pub(super) async fn all_own(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<Vec<OwnEvent>> {
    let statement = conn.query(sql!(concat!(select_own!(), " ORDER BY e.at, e.id")));
    let rows: Vec<OwnRow> = statement.bind(user_id).bind(user_id).all().await?;
    Ok(rows.into_iter().map(|row| row.told(user_id)).collect())
}

impl OwnRow {
    fn told(self, user_id: Uuid) -> OwnEvent {
        let event = AuditEvent::from(self.event);
        OwnEvent {
            id: event.id,
            at: event.at,
            by_owner: event.actor_id == Some(user_id),
            actor_kind: event.actor_kind,
            action: event.action,
            outcome: event.outcome,
            session_id: event.session_id,
            detail: event.detail,
            request_id: event.request_id,
            personal: Personal { ip: self.ip, user_agent: self.user_agent, identifier: self.identifier },
        }
    }
}
