//! What a check of the audit trail reads: the events of one seal at a time, and what belongs to no seal.

use uuid::Uuid;

use super::audit_events::{EventRow, event_columns};
use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::audit_chain::ChainedEvent;
use crate::domain::audit_event::{AuditEvent, Personal};
use crate::domain::audit_seal::EVENTS_A_SEAL;
use crate::sql;

/// Rows of one seal that are looked at: four times as many as there should be at most. Where there are more, those
/// already show it.
const ROWS_A_SEAL: i64 = 4 * EVENTS_A_SEAL as i64;
/// Rows without their event, or with a seal that there is not, that are named.
const STRAYS: i64 = 128;
/// Rows of personal data looked at in one unit.
const PERSONAL_ROWS: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct CheckedRow {
    #[sqlx(flatten)]
    event: EventRow,
    place: Option<i64>,
    link: Option<Vec<u8>>,
    personal_of: Option<Uuid>,
    person_id: Option<Uuid>,
    salt: Option<Vec<u8>>,
    ip: Option<String>,
    user_agent: Option<String>,
    identifier: Option<String>,
}

macro_rules! select_checked {
    () => {
        concat!(
            "SELECT ",
            event_columns!(),
            ", e.place, e.link, p.event_id AS personal_of, p.person_id, p.salt, p.ip, p.user_agent, p.identifier \
             FROM audit_events e LEFT JOIN audit_personal p ON p.event_id = e.id"
        )
    };
}

impl CheckedRow {
    fn chained(self) -> ChainedEvent {
        let event = AuditEvent::from(self.event);
        let personal = Personal { ip: self.ip, user_agent: self.user_agent, identifier: self.identifier };
        let digest = || personal.digest(&self.salt.unwrap_or_default(), self.person_id);
        ChainedEvent {
            id: event.id,
            place: self.place.unwrap_or_default(),
            link: self.link.unwrap_or_default(),
            hash: Some(event.hash()),
            personal_fits: self.personal_of.is_none() || digest()[..] == event.personal_digest,
        }
    }
}

/// The events of a seal by their places. Fails where one of them holds what no column should.
pub struct EventsOfSeal {
    pub seal: i64,
}

impl Query for EventsOfSeal {
    const ACCESS: Access = Access::Read;
    type Output = Vec<ChainedEvent>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<ChainedEvent>> {
        let find = sql!(concat!(select_checked!(), " WHERE e.seal = ? ORDER BY e.place, e.id LIMIT ?"));
        let rows: Vec<CheckedRow> = conn.query(find).bind(self.seal).bind(ROWS_A_SEAL).all().await?;
        Ok(rows.into_iter().map(CheckedRow::chained).collect())
    }
}

#[derive(sqlx::FromRow)]
struct PlaceRow {
    id: Uuid,
    place: Option<i64>,
    link: Option<Vec<u8>>,
}

/// The same where one of them cannot be read: without what is in their rows.
pub struct PlacesOfSeal {
    pub seal: i64,
}

impl Query for PlacesOfSeal {
    const ACCESS: Access = Access::Read;
    type Output = Vec<ChainedEvent>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<ChainedEvent>> {
        let find = sql!("SELECT id, place, link FROM audit_events WHERE seal = ? ORDER BY place, id LIMIT ?");
        let rows: Vec<PlaceRow> = conn.query(find).bind(self.seal).bind(ROWS_A_SEAL).all().await?;
        let unread = |row: PlaceRow| {
            let (place, link) = (row.place.unwrap_or_default(), row.link.unwrap_or_default());
            ChainedEvent { id: row.id, place, link, hash: None, personal_fits: true }
        };
        Ok(rows.into_iter().map(unread).collect())
    }
}

/// One event with its personal data.
pub struct CheckedEvent {
    pub id: Uuid,
}

impl Query for CheckedEvent {
    const ACCESS: Access = Access::Read;
    type Output = Option<ChainedEvent>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<ChainedEvent>> {
        let find = sql!(concat!(select_checked!(), " WHERE e.id = ?"));
        let row: Option<CheckedRow> = conn.query(find).bind(self.id).optional().await?;
        Ok(row.map(CheckedRow::chained))
    }
}

/// The link of one event, and the hash of its own row without what is personal: for a row whose personal data cannot be read.
pub struct BareEvent {
    pub id: Uuid,
}

impl Query for BareEvent {
    const ACCESS: Access = Access::Read;
    type Output = Option<[u8; 32]>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<[u8; 32]>> {
        let find = sql!(concat!("SELECT ", event_columns!(), " FROM audit_events e WHERE e.id = ?"));
        let row: Option<EventRow> = conn.query(find).bind(self.id).optional().await?;
        Ok(row.map(|row| AuditEvent::from(row).hash()))
    }
}

#[derive(sqlx::FromRow)]
struct StrayRow {
    id: Uuid,
    seal: i64,
}

macro_rules! select_strays {
    () => {
        "SELECT e.id, e.seal FROM audit_events e"
    };
}

macro_rules! without_a_seal {
    () => {
        " AND NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.seq = e.seal) ORDER BY e.seal, e.at, e.id LIMIT ?"
    };
}

/// Events under seals that there are not: with a number above the newest that was seen, or below 1. Some of them.
pub struct EventsOfNoSeal {
    pub newest: i64,
}

impl Query for EventsOfNoSeal {
    const ACCESS: Access = Access::Read;
    type Output = Vec<(Uuid, i64)>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<(Uuid, i64)>> {
        // A seal may have been made since: so it is asked for in the same statement. One for each end of the index:
        // SQLite reads all of it for both at once.
        let above = sql!(concat!(select_strays!(), " WHERE e.seal > ?", without_a_seal!()));
        let below = sql!(concat!(select_strays!(), " WHERE e.seal < ?", without_a_seal!()));
        let mut rows: Vec<StrayRow> = conn.query(above).bind(self.newest).bind(STRAYS).all().await?;
        let more: Vec<StrayRow> = conn.query(below).bind(1_i64).bind(STRAYS).all().await?;
        rows.extend(more);
        Ok(rows.into_iter().map(|row| (row.id, row.seal)).collect())
    }
}

#[derive(sqlx::FromRow)]
struct PersonalRow {
    event_id: Uuid,
    event: Option<Uuid>,
}

/// Personal data in the order of its events, and which of it has none.
pub struct PersonalAfter(pub Uuid);

impl Query for PersonalAfter {
    const ACCESS: Access = Access::Read;
    /// Those without an event, and how far it has read: `None` at the end.
    type Output = (Vec<Uuid>, Option<Uuid>);

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Self::Output> {
        // By key for each row: as a join, PostgreSQL would read all events up to there.
        let rows: Vec<PersonalRow> = conn
            .query(sql!(
                "SELECT p.event_id, (SELECT e.id FROM audit_events e WHERE e.id = p.event_id) AS event \
                 FROM audit_personal p WHERE p.event_id > ? ORDER BY p.event_id LIMIT ?"
            ))
            .bind(self.0)
            .bind(PERSONAL_ROWS)
            .all()
            .await?;
        let last = rows.last().map(|row| row.event_id);
        Ok((rows.iter().filter(|row| row.event.is_none()).map(|row| row.event_id).collect(), last))
    }
}
