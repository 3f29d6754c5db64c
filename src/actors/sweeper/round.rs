//! One sweep, from taking the lease to giving it back.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{AuditRetention, SweepSettings};
use crate::actors::database::{DatabaseDoor, DatabaseError};
use crate::domain::clock::{Clock, Deadline};
use crate::domain::pace::Pace;
use crate::store::dead_counts::CountDead;
use crate::store::leases::{Lease, ReleaseLease, TakeLease};
use crate::store::sweeping::{Dead, DeleteDead, FindDead, OldestDead, SWEEPING};

/// How long a row stays after it died, so that whoever comes late hears the true reason ("your session was ended")
/// and not that nobody knows them.
const KEPT_AFTER_DEATH: Duration = Duration::from_hours(24);
/// That a mail went to somebody, and when, can be looked up for a week. What it said is gone since it left.
const MAIL_KEPT: Duration = Duration::from_hours(7 * 24);
/// Prolonged by every batch. A holder that died holds up the others no longer than this.
pub(super) const LEASE_TTL: Duration = Duration::from_secs(30);
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// With as many units under way somebody is waiting.
const BUSY_UNITS: usize = 8;
/// Pause while the database is busy, and how many of them before the sweep goes on with a small step all the same:
/// two seconds. Under constant load the dead rows must not grow without end.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
const BUSY_PAUSES: u32 = 100;
/// Rows of a batch: the first measured as harmless on SQLite beside 800 rotations a second (performance.md), the most
/// where a batch takes 3 ms there on a fast disk.
const PACE: Pace = Pace::new(100, 8, 1_000);
/// The pause after a batch, as a multiple of what the batch took.
const REST: u32 = 5;
/// Shortest pause: a batch that took no time at all must not become a busy loop.
const SHORTEST_REST: Duration = Duration::from_millis(1);
/// Batches of one sweep; what lies beyond is for the next. At 100 rows each, ten million rows.
const BATCHES: u32 = 100_000;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub sessions: u64,
    pub revocations: u64,
    pub one_time_tokens: u64,
    pub mails: u64,
    pub throttles: u64,
    pub audit_events: u64,
    /// Another node held the lease, or took it over.
    pub left_to_another: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error("the sweep stopped: {0}")]
    Database(#[from] DatabaseError),
}

impl Report {
    fn count(&mut self, dead: Dead, rows: u64) {
        match dead {
            Dead::ExpiredSessions | Dead::EndedSessions => self.sessions += rows,
            Dead::Revocations => self.revocations += rows,
            Dead::OneTimeTokens => self.one_time_tokens += rows,
            Dead::SentMail | Dead::LostMail => self.mails += rows,
            Dead::Throttles => self.throttles += rows,
        }
    }
}

pub(super) async fn sweep(
    settings: SweepSettings,
    audit: Option<AuditRetention>,
    node: Uuid,
    database: DatabaseDoor,
    clock: Clock,
) -> Result<Report, SweepError> {
    let take = TakeLease { name: SWEEPING, holder: node, ttl: LEASE_TTL };
    let Some(lease) = database.run(take, Deadline::within(PATIENCE)).await? else {
        return Ok(Report { left_to_another: true, ..Report::default() });
    };
    let mut round = Round {
        database: &database,
        clock: &clock,
        lease,
        pace: PACE,
        batch_time: settings.batch,
        report: Report::default(),
    };
    let swept = round.sweep_all(audit.as_ref()).await;
    let report = round.report;
    database.run(ReleaseLease { name: SWEEPING, lease }, Deadline::within(PATIENCE)).await?;
    swept.map(|()| report)
}

/// What a sweep would take away now, but for events of the audit trail.
pub(super) async fn count(database: &DatabaseDoor, clock: &Clock, deadline: Deadline) -> Result<Report, DatabaseError> {
    let mut report = Report::default();
    for dead in Dead::ALL {
        let count = CountDead { dead, since: clock.now().minus(kept(dead)) };
        report.count(dead, database.run(count, deadline).await?);
    }
    Ok(report)
}

/// For how long the longest dead row should have been gone.
pub(super) async fn lag(database: &DatabaseDoor, clock: &Clock, deadline: Deadline) -> Result<Duration, DatabaseError> {
    let mut longest = Duration::ZERO;
    for dead in Dead::ALL {
        if let Some(at) = database.run(OldestDead(dead), deadline).await? {
            longest = longest.max(clock.now().since(at.plus(kept(dead))));
        }
    }
    Ok(longest)
}

pub(super) struct Round<'r> {
    pub(super) database: &'r DatabaseDoor,
    pub(super) clock: &'r Clock,
    pub(super) lease: Lease,
    pub(super) pace: Pace,
    /// What a batch should take.
    pub(super) batch_time: Duration,
    pub(super) report: Report,
}

impl Round<'_> {
    async fn sweep_all(&mut self, audit: Option<&AuditRetention>) -> Result<(), SweepError> {
        let mut batches = BATCHES;
        for dead in Dead::ALL {
            while batches > 0 && self.sweep_batch(dead).await? {
                batches -= 1;
            }
            if self.report.left_to_another {
                return Ok(());
            }
        }
        match audit {
            Some(retention) => self.let_events_go(retention, batches).await,
            None => Ok(()),
        }
    }

    /// Whether there may be more of the kind.
    async fn sweep_batch(&mut self, dead: Dead) -> Result<bool, SweepError> {
        self.wait_while_busy().await;
        let limit = self.pace.rows();
        let since = self.clock.now().minus(kept(dead));
        let find = FindDead { dead, since, limit };
        let keys = self.database.run(find, Deadline::within(PATIENCE)).await?;
        if keys.is_empty() {
            return Ok(false);
        }
        let is_full = keys.len() == usize::from(limit);
        let began = Instant::now();
        let delete = DeleteDead { dead, keys, since, lease: self.lease, lease_ttl: LEASE_TTL };
        let Some(rows) = self.database.run(delete, Deadline::within(PATIENCE)).await? else {
            self.report.left_to_another = true;
            return Ok(false);
        };
        self.report.count(dead, rows);
        self.rest_after(began.elapsed()).await;
        Ok(is_full)
    }

    pub(super) async fn rest_after(&mut self, took: Duration) {
        self.pace.after(took, self.batch_time);
        tokio::time::sleep((took * REST).max(SHORTEST_REST)).await;
    }

    pub(super) async fn wait_while_busy(&self) {
        for _ in 0..BUSY_PAUSES {
            if self.database.units_under_way() < BUSY_UNITS {
                return;
            }
            tokio::time::sleep(BUSY_PAUSE).await;
        }
    }
}

/// A revocation says itself until when it matters; nothing is told about it afterwards. A count begins anew after a day
/// at most; an hour more, because the clocks of the nodes differ.
const fn kept(dead: Dead) -> Duration {
    match dead {
        Dead::ExpiredSessions | Dead::EndedSessions | Dead::OneTimeTokens => KEPT_AFTER_DEATH,
        Dead::Revocations => Duration::ZERO,
        Dead::SentMail | Dead::LostMail => MAIL_KEPT,
        Dead::Throttles => Duration::from_hours(25),
    }
}
