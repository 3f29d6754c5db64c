//! The whole audit trail, for an operator at the server: from one moment to another, or as it goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use super::cause::Cause;
use crate::actors::database::DatabaseDoor;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::audit_record::AuditRecord;
use crate::domain::clock::{Clock, Deadline, Timestamp};
use crate::domain::page::PageCursor;
use crate::store::audit_events::WriteEvents;
use crate::store::audit_lists::{PlaceFromEnd, ReadAudit};

/// Of one page.
const PATIENCE: Duration = Duration::from_secs(2);
/// Events read at once: some 200 KiB.
const PAGE: u16 = 500;
/// An event is stamped when its unit begins and seen when that is committed: two seconds later at most, and nodes whose
/// clocks differ by two seconds more say so.
const LATE: Duration = Duration::from_secs(5);

/// Notes that the trail was read, before it is.
///
/// # Errors
/// [`Cause`].
pub async fn note_reading(database: &DatabaseDoor, action: Action, from: Option<Timestamp>) -> Result<(), Cause> {
    let event = NewEvent::new(Uuid::nil(), action, Actor::OPERATOR);
    let event = match from {
        Some(from) => event.with("after", from.rfc3339()),
        None => event,
    };
    Ok(database.run(WriteEvents(vec![event]), Deadline::within(PATIENCE)).await?)
}

/// Events in their order.
pub struct Reading<'r> {
    database: &'r DatabaseDoor,
    place: PageCursor,
    before: Timestamp,
}

impl<'r> Reading<'r> {
    /// From the moment `after` on, up to `before`, without it.
    pub fn between(database: &'r DatabaseDoor, after: Timestamp, before: Timestamp) -> Self {
        Self { database, place: PageCursor { at: after, id: Uuid::nil() }, before }
    }

    /// The next page; empty at the end.
    ///
    /// # Errors
    /// [`Cause`].
    pub async fn next(&mut self) -> Result<Vec<AuditRecord>, Cause> {
        let read = ReadAudit { behind: self.place, before: self.before, limit: PAGE };
        let records = self.database.run(read, Deadline::within(PATIENCE)).await?;
        if let Some(last) = records.last() {
            self.place = place_of(last);
        }
        Ok(records)
    }
}

/// The latest events, and those that follow.
pub struct Tail<'t> {
    database: &'t DatabaseDoor,
    clock: &'t Clock,
    from: PageCursor,
    /// Shown already, and young enough to be read again.
    shown: BTreeMap<Uuid, Timestamp>,
}

impl<'t> Tail<'t> {
    /// Begins `back` events before the end.
    ///
    /// # Errors
    /// [`Cause`].
    pub async fn begin(database: &'t DatabaseDoor, clock: &'t Clock, back: u32) -> Result<Self, Cause> {
        let first = database.run(PlaceFromEnd { back }, Deadline::within(PATIENCE)).await?;
        let from = first.unwrap_or(PageCursor { at: Timestamp::from_micros(i64::MIN), id: Uuid::nil() });
        Ok(Self { database, clock, from, shown: BTreeMap::new() })
    }

    /// What is new since the last time, a page at most; empty: nothing for now. What comes late is read all the same,
    /// since each time begins a few seconds back.
    ///
    /// # Errors
    /// [`Cause`].
    pub async fn next(&mut self) -> Result<Vec<AuditRecord>, Cause> {
        let mut reading =
            Reading { database: self.database, place: self.from, before: Timestamp::from_micros(i64::MAX) };
        let mut new = Vec::new();
        let settled = self.clock.now().minus(LATE);
        while new.is_empty() {
            let records = reading.next().await?;
            if records.is_empty() {
                break;
            }
            if let Some(last) = records.iter().rfind(|record| record.event.at < settled) {
                self.from = place_of(last);
            }
            let is_new = |record: &AuditRecord| !self.shown.contains_key(&record.event.id);
            new = records.into_iter().filter(is_new).collect();
        }
        self.shown.extend(new.iter().map(|record| (record.event.id, record.event.at)));
        let from = self.from;
        self.shown.retain(|id, at| (*at, *id) > (from.at, from.id));
        Ok(new)
    }
}

fn place_of(record: &AuditRecord) -> PageCursor {
    PageCursor { at: record.event.at, id: record.event.id }
}
