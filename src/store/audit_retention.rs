//! Events that are old enough go, whole seals of them at a time; the seals stay. What lets them go is an event, which is
//! written first: a check then misses none of them, however far the deletion has come.

use std::time::Duration;

use uuid::Uuid;

use super::audit_events::write;
use super::conn::Conn;
use super::leases::{self, Lease};
use super::query::{Access, Query};
use super::sweeping::{SWEEPING, delete_keys, keyed_delete, marks};
use crate::domain::audit_event::{Action, NewEvent};
use crate::domain::clock::Timestamp;
use crate::sql;

/// Drops that are looked at: more than were written since `SECRET_KEY` was last changed are not needed, and the newest
/// goes furthest.
const DROPS: i64 = 32;

#[derive(sqlx::FromRow)]
struct DetailRow {
    detail: String,
}

/// The details of the latest `audit.dropped` events, as they stand there: whether they hold is for their signatures to say.
pub struct LatestDrops;

impl Query for LatestDrops {
    const ACCESS: Access = Access::Read;
    type Output = Vec<String>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<String>> {
        let find = sql!("SELECT detail FROM audit_events WHERE action = ? ORDER BY at DESC, id DESC LIMIT ?");
        let rows: Vec<DetailRow> = conn.query(find).bind(Action::AuditDropped.word()).bind(DROPS).all().await?;
        Ok(rows.into_iter().map(|row| row.detail).collect())
    }
}

/// Writes the event of a drop, if the lease is still the sweeper's.
pub struct WriteDrop {
    pub event: NewEvent,
    pub lease: Lease,
    pub lease_ttl: Duration,
}

impl Query for WriteDrop {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        if !leases::hold(conn, SWEEPING, self.lease, self.lease_ttl).await? {
            return Ok(false);
        }
        write(conn, &self.event).await?;
        Ok(true)
    }
}

#[derive(sqlx::FromRow)]
struct Id {
    id: Uuid,
}

/// Events that were let go, the oldest seals first.
pub struct FindDropped {
    pub through: i64,
    pub limit: u16,
}

impl Query for FindDropped {
    const ACCESS: Access = Access::Read;
    type Output = Vec<Uuid>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Uuid>> {
        let find = sql!("SELECT id FROM audit_events WHERE seal <= ? ORDER BY seal LIMIT ?");
        let rows: Vec<Id> = conn.query(find).bind(self.through).bind(i64::from(self.limit)).all().await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

/// Deletes one batch of them with their personal data, if the lease is still the sweeper's.
pub struct DeleteDropped {
    pub ids: Vec<Uuid>,
    pub lease: Lease,
    pub lease_ttl: Duration,
}

impl Query for DeleteDropped {
    /// Events deleted, or `None` when the lease has changed hands.
    type Output = Option<u64>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<u64>> {
        if !leases::hold(conn, SWEEPING, self.lease, self.lease_ttl).await? {
            return Ok(None);
        }
        delete_keys(conn, keyed_delete!("audit_personal", "event_id"), &self.ids).await?;
        Ok(Some(delete_keys(conn, keyed_delete!("audit_events", "id"), &self.ids).await?))
    }
}

#[derive(sqlx::FromRow)]
struct SealTime {
    seq: i64,
    sealed_at: Timestamp,
}

/// The last of the next `limit` seals behind `after` that was made before a moment, as were all up to it.
pub struct LastSealBefore {
    pub after: i64,
    pub moment: Timestamp,
    pub limit: u16,
}

impl Query for LastSealBefore {
    const ACCESS: Access = Access::Read;
    type Output = Option<i64>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<i64>> {
        let find = sql!("SELECT seq, sealed_at FROM audit_seals WHERE seq > ? ORDER BY seq LIMIT ?");
        let rows: Vec<SealTime> = conn.query(find).bind(self.after).bind(i64::from(self.limit)).all().await?;
        let old = rows.into_iter().take_while(|seal| seal.sealed_at < self.moment);
        Ok(old.last().map(|seal| seal.seq))
    }
}
