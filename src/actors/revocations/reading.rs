//! Reading the log into the set, page by page.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::freshness::Freshness;
use super::set::RevocationSet;
use crate::actors::database::{DatabaseDoor, DatabaseError};
use crate::domain::clock::{Clock, Deadline, Timestamp};
use crate::store::revocations::RevocationsAfter;

/// An acknowledged row is at most one statement's deadline old (1.5 s) when it becomes visible, and nodes' clocks agree
/// to well under two seconds: ten cover both several times over.
pub(super) const OVERLAP: Duration = Duration::from_secs(10);
/// One reading's patience: a slower one would be out of date when it ends.
const PATIENCE: Duration = Duration::from_secs(1);
/// Rows a page.
const PAGE: u16 = 1_000;
/// A million live revocations in one reading; what lies beyond comes with the next.
const PAGES: usize = 1_000;

/// How far back to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The last ten seconds.
    Recent,
    /// Everything that has not expired.
    WholeLog,
}

pub(super) async fn read(
    reach: Reach,
    database: &DatabaseDoor,
    clock: &Clock,
    set: &RevocationSet,
    freshness: &Freshness,
) -> Result<(), DatabaseError> {
    let began = Instant::now();
    let now = clock.now();
    let mut after = match reach {
        Reach::Recent => now.minus(OVERLAP),
        Reach::WholeLog => Timestamp::from_micros(0),
    };
    let mut after_id = Uuid::nil();
    for _ in 0..PAGES {
        let query = RevocationsAfter { at: after, id: after_id, limit: PAGE };
        let page = database.run(query, Deadline::within(PATIENCE)).await?;
        for revocation in &page {
            set.learn(revocation);
        }
        match page.last() {
            Some(last) if page.len() == usize::from(PAGE) => (after, after_id) = (last.at, last.id),
            Some(_) | None => break,
        }
    }
    if reach == Reach::WholeLog {
        set.forget_expired(now);
    }
    freshness.note_read_begun_at(began);
    Ok(())
}
