//! `leases`: one node at a time. A lease is for pace, its fence for safety: holders write only while the fence is theirs.

use std::time::Duration;

use uuid::Uuid;

use super::conn::Conn;
use super::query::Query;
use crate::sql;

/// A lease that is held. `fence` rises each time it changes hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lease {
    pub holder: Uuid,
    pub fence: i64,
}

/// Takes a lease that is free or has run out, or prolongs the holder's own.
pub struct TakeLease {
    pub name: &'static str,
    pub holder: Uuid,
    pub ttl: Duration,
}

impl Query for TakeLease {
    /// `None` when somebody else holds it.
    type Output = Option<Lease>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Lease>> {
        let now = conn.now();
        let until = now.plus(self.ttl);
        let prolonged = conn
            .query(sql!("UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ? AND expires_at > ?"))
            .bind(until)
            .bind(self.name)
            .bind(self.holder)
            .bind(now)
            .execute()
            .await?;
        let taken = if prolonged == 1 {
            1
        } else {
            conn.query(sql!(
                "UPDATE leases SET holder = ?, fence = fence + 1, expires_at = ? WHERE name = ? AND expires_at <= ?"
            ))
            .bind(self.holder)
            .bind(until)
            .bind(self.name)
            .bind(now)
            .execute()
            .await?
        };
        let standing: Option<Lease> =
            conn.query(sql!("SELECT holder, fence FROM leases WHERE name = ?")).bind(self.name).optional().await?;
        if let Some(lease) = standing {
            return Ok((taken == 1 && lease.holder == self.holder).then_some(lease));
        }
        // Two that insert at once: the key decides, and the loser's next run finds the winner's row.
        conn.query(sql!("INSERT INTO leases (name, holder, fence, expires_at) VALUES (?, ?, 1, ?)"))
            .bind(self.name)
            .bind(self.holder)
            .bind(until)
            .execute()
            .await?;
        Ok(Some(Lease { holder: self.holder, fence: 1 }))
    }
}

/// Gives a lease back before it runs out.
pub struct ReleaseLease {
    pub name: &'static str,
    pub lease: Lease,
}

impl Query for ReleaseLease {
    const SINGLE: bool = true;
    type Output = u64;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<u64> {
        let now = conn.now();
        conn.query(sql!("UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ? AND fence = ?"))
            .bind(now)
            .bind(self.name)
            .bind(self.lease.holder)
            .bind(self.lease.fence)
            .execute()
            .await
    }
}

/// Prolongs the lease inside the unit that writes under it; `false` when it has changed hands. A write and not a look,
/// so that the unit contends with the next holder's on every kind of cluster.
pub(super) async fn hold(conn: &mut Conn<'_>, name: &'static str, lease: Lease, ttl: Duration) -> sqlx::Result<bool> {
    let until = conn.now().plus(ttl);
    let held = conn
        .query(sql!("UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ? AND fence = ?"))
        .bind(until)
        .bind(name)
        .bind(lease.holder)
        .bind(lease.fence)
        .execute()
        .await?;
    Ok(held == 1)
}
