//! `audit_events` as lists for whoever may read the whole trail: by filters and newest first, and from one end to the other.

use uuid::Uuid;

use super::audit_events::{EventRow, event_columns};
use super::conn::{Conn, Statement};
use super::query::{Access, Query};
use super::sql::Sql;
use crate::domain::audit_event::{Action, Outcome, Personal};
use crate::domain::audit_record::{AuditFilter, AuditRecord};
use crate::domain::clock::Timestamp;
use crate::domain::page::{Page, PageCursor, PageRequest};
use crate::sql;

#[derive(sqlx::FromRow)]
struct RecordRow {
    #[sqlx(flatten)]
    event: EventRow,
    seal: Option<i64>,
    ip: Option<String>,
    user_agent: Option<String>,
    identifier: Option<String>,
}

impl From<RecordRow> for AuditRecord {
    fn from(row: RecordRow) -> Self {
        let personal = Personal { ip: row.ip, user_agent: row.user_agent, identifier: row.identifier };
        Self { event: row.event.into(), personal, seal: row.seal }
    }
}

macro_rules! select_records {
    () => {
        concat!(
            "SELECT ",
            event_columns!(),
            ", e.seal, p.ip, p.user_agent, p.identifier FROM audit_events e \
             LEFT JOIN audit_personal p ON p.event_id = e.id"
        )
    };
}

/// By an index on `$lead` and the time, which gives the order too; the other filters are asked of each row. The moment
/// that a page begins at stands there by itself as well: not every database finds a range in the comparison of both.
macro_rules! list_by {
    ($lead:literal) => {
        sql!(concat!(
            select_records!(),
            " WHERE ",
            $lead,
            "(? IS NULL OR e.subject_id = ?) AND (? IS NULL OR e.actor_id = ?) AND (? IS NULL OR e.action = ?) \
             AND (? IS NULL OR e.outcome = ?) AND (? IS NULL OR p.ip = ?) AND e.at >= ? AND e.at <= ? \
             AND (e.at < ? OR e.id < ?) ORDER BY e.at DESC, e.id DESC LIMIT ?"
        ))
    };
}

/// Newest first.
pub struct ListAudit {
    pub filter: AuditFilter,
    pub page: PageRequest,
}

impl ListAudit {
    /// The statement that begins with the narrowest of the filters that are set.
    fn begin<'c>(&self, conn: &'c mut Conn<'_>) -> Statement<'c> {
        const BY_TIME: Sql = list_by!("");
        let filter = &self.filter;
        if let Some(user) = filter.user {
            return conn.query(list_by!("e.subject_id = ? AND ")).bind(user);
        }
        if let Some(actor) = filter.actor {
            return conn.query(list_by!("e.actor_id = ? AND ")).bind(actor);
        }
        if let Some(ip) = &filter.ip {
            return conn.query(list_by!("p.ip = ? AND ")).bind(ip.clone());
        }
        if let Some(action) = filter.action {
            return conn.query(list_by!("e.action = ? AND ")).bind(action.word());
        }
        if let Some(outcome) = filter.outcome {
            return conn.query(list_by!("e.outcome = ? AND ")).bind(outcome.word());
        }
        conn.query(BY_TIME)
    }
}

impl Query for ListAudit {
    const ACCESS: Access = Access::Read;
    type Output = Page<AuditRecord>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Page<AuditRecord>> {
        let (filter, place) = (&self.filter, self.page.place());
        let (action, outcome) = (filter.action.map(Action::word), filter.outcome.map(Outcome::word));
        let after = filter.after.unwrap_or(Timestamp::from_micros(i64::MIN));
        // The place itself may be at the very moment that is asked for no more.
        let (until, place) = match filter.before {
            Some(before) if before <= place.at => {
                let last = Timestamp::from_micros(before.as_micros().saturating_sub(1));
                (last, PageCursor { at: before, id: place.id })
            }
            Some(_) | None => (place.at, place),
        };
        let statement = self.begin(conn);
        let statement = statement.bind(filter.user).bind(filter.user).bind(filter.actor).bind(filter.actor);
        let statement = statement.bind(action).bind(action).bind(outcome).bind(outcome);
        let statement = statement.bind(filter.ip.clone()).bind(filter.ip.clone());
        let statement = statement.bind(after).bind(until).bind(place.at).bind(place.id).bind(self.page.rows());
        let rows: Vec<RecordRow> = statement.all().await?;
        let records = rows.into_iter().map(AuditRecord::from).collect();
        let place = |record: &AuditRecord| PageCursor { at: record.event.at, id: record.event.id };
        Ok(Page::cut(records, self.page, place))
    }
}

/// The oldest first, from behind a place on, up to a moment.
pub struct ReadAudit {
    pub behind: PageCursor,
    pub before: Timestamp,
    pub limit: u16,
}

impl Query for ReadAudit {
    const ACCESS: Access = Access::Read;
    type Output = Vec<AuditRecord>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<AuditRecord>> {
        let read = sql!(concat!(
            select_records!(),
            " WHERE e.at >= ? AND e.at < ? AND (e.at > ? OR e.id > ?) ORDER BY e.at, e.id LIMIT ?"
        ));
        let (behind, limit) = (self.behind, i64::from(self.limit));
        let statement = conn.query(read).bind(behind.at).bind(self.before).bind(behind.at).bind(behind.id).bind(limit);
        let rows: Vec<RecordRow> = statement.all().await?;
        Ok(rows.into_iter().map(AuditRecord::from).collect())
    }
}

#[derive(sqlx::FromRow)]
struct PlaceRow {
    id: Uuid,
    at: Timestamp,
}

/// Where the last `back` events begin, counted from the newest: the place of the oldest of them.
pub struct PlaceFromEnd {
    pub back: u32,
}

impl Query for PlaceFromEnd {
    const ACCESS: Access = Access::Read;
    /// `None` when there are not as many.
    type Output = Option<PageCursor>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<PageCursor>> {
        let find = sql!("SELECT id, at FROM audit_events ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?");
        let row: Option<PlaceRow> = conn.query(find).bind(i64::from(self.back)).optional().await?;
        Ok(row.map(|row| PageCursor { at: row.at, id: row.id }))
    }
}
