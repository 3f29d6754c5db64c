//! `audit_seals`, and how events come under them.
//!
//! Sealing is one unit, under a lease with a fence: the events that have no seal yet, the oldest first, get a number, a
//! place and a link, and the seal is signed. Which events a seal holds is what `seal` says in their rows and never a
//! matter of time: an event may be committed after a younger one was sealed.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::audit_events::{EventRow, event_columns};
use super::conn::Conn;
use super::error::overtaken;
use super::leases::{self, Lease};
use super::query::{Access, Query};
use crate::domain::audit_event::AuditEvent;
use crate::domain::audit_seal::{GENESIS, Hash, Seal, SealKey, link};
use crate::domain::clock::Timestamp;
use crate::sql;

/// The lease under which one node at a time seals.
pub const SEALING: &str = "sealing";

/// Puts up to `limit` events under a new seal, if the lease is still the holder's.
pub struct SealEvents {
    pub lease: Lease,
    pub lease_ttl: Duration,
    pub limit: u16,
    pub key: Arc<dyn SealKey>,
}

impl Query for SealEvents {
    /// How many events came under the seal; none without an event to seal, and `None` when the lease has changed hands.
    /// After a COMMIT that was not heard, what the next run has found to seal.
    type Output = Option<u64>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<u64>> {
        if !leases::hold(conn, SEALING, self.lease, self.lease_ttl).await? {
            return Ok(None);
        }
        let events = unsealed(conn, self.limit).await?;
        if events.is_empty() {
            return Ok(Some(0));
        }
        let newest = newest(conn).await?;
        let previous_root = newest.as_ref().map_or(GENESIS, Seal::hash);
        let seq = newest.map_or(1, |seal| seal.seq + 1);
        let (mut root, mut count) = (previous_root, 0);
        for event in events {
            root = link(&root, &event.hash());
            count += 1;
            place(conn, event.id, (seq, count), root).await?;
        }
        let (root, previous_root) = (root.to_vec(), previous_root.to_vec());
        let seal = Seal { seq, count, root, previous_root, sealed_at: conn.now(), signature: Vec::new() };
        insert(conn, seal.signed(&*self.key)).await?;
        Ok(Some(count.unsigned_abs()))
    }
}

async fn unsealed(conn: &mut Conn<'_>, limit: u16) -> sqlx::Result<Vec<AuditEvent>> {
    let find = sql!(concat!(
        "SELECT ",
        event_columns!(),
        " FROM audit_events e WHERE e.seal IS NULL ORDER BY e.at, e.id LIMIT ?"
    ));
    let rows: Vec<EventRow> = conn.query(find).bind(i64::from(limit)).all().await?;
    Ok(rows.into_iter().map(AuditEvent::from).collect())
}

async fn place(conn: &mut Conn<'_>, id: Uuid, (seal, place): (i64, i64), link: Hash) -> sqlx::Result<()> {
    let set = sql!("UPDATE audit_events SET seal = ?, place = ?, link = ? WHERE id = ? AND seal IS NULL");
    let placed = conn.query(set).bind(seal).bind(place).bind(link.to_vec()).bind(id).execute().await?;
    // Nobody else seals, and nobody deletes what has no seal.
    if placed == 1 { Ok(()) } else { Err(overtaken()) }
}

async fn insert(conn: &mut Conn<'_>, seal: Seal) -> sqlx::Result<()> {
    conn.query(sql!(
        "INSERT INTO audit_seals (seq, count, root, previous_root, sealed_at, signature) VALUES (?, ?, ?, ?, ?, ?)"
    ))
    .bind(seal.seq)
    .bind(seal.count)
    .bind(seal.root)
    .bind(seal.previous_root)
    .bind(seal.sealed_at)
    .bind(seal.signature)
    .execute()
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SealRow {
    seq: i64,
    count: i64,
    root: Vec<u8>,
    previous_root: Vec<u8>,
    sealed_at: Timestamp,
    signature: Vec<u8>,
}

impl From<SealRow> for Seal {
    fn from(row: SealRow) -> Self {
        Self {
            seq: row.seq,
            count: row.count,
            root: row.root,
            previous_root: row.previous_root,
            sealed_at: row.sealed_at,
            signature: row.signature,
        }
    }
}

macro_rules! select_seals {
    () => {
        "SELECT seq, count, root, previous_root, sealed_at, signature FROM audit_seals"
    };
}

pub(super) async fn newest(conn: &mut Conn<'_>) -> sqlx::Result<Option<Seal>> {
    let row: Option<SealRow> =
        conn.query(sql!(concat!(select_seals!(), " ORDER BY seq DESC LIMIT 1"))).optional().await?;
    Ok(row.map(Seal::from))
}

/// Seals in their order, from behind `after`; `None`: from the first there is, whatever its number.
pub struct ListSeals {
    pub after: Option<i64>,
    pub limit: u16,
}

impl Query for ListSeals {
    const ACCESS: Access = Access::Read;
    type Output = Vec<Seal>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Seal>> {
        let limit = i64::from(self.limit);
        let rows: Vec<SealRow> = match self.after {
            Some(after) => {
                let find = sql!(concat!(select_seals!(), " WHERE seq > ? ORDER BY seq LIMIT ?"));
                conn.query(find).bind(after).bind(limit).all().await?
            }
            None => conn.query(sql!(concat!(select_seals!(), " ORDER BY seq LIMIT ?"))).bind(limit).all().await?,
        };
        Ok(rows.into_iter().map(Seal::from).collect())
    }
}

#[derive(sqlx::FromRow)]
struct Number {
    n: i64,
}

/// Events that wait for a seal, counted up to `most`: it is asked every few seconds.
pub struct CountUnsealed {
    pub most: u32,
}

impl Query for CountUnsealed {
    const ACCESS: Access = Access::Read;
    type Output = i64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<i64> {
        let count = sql!("SELECT COUNT(*) AS n FROM (SELECT id FROM audit_events WHERE seal IS NULL LIMIT ?) waiting");
        let found: Number = conn.query(count).bind(i64::from(self.most)).one().await?;
        Ok(found.n)
    }
}
