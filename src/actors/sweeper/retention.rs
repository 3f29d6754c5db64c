//! Events of the audit trail that are old enough go, whole seals of them. The event that says so comes first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::round::{LEASE_TTL, PATIENCE, Round, SweepError};
use crate::actors::sealing::Sealer;
use crate::domain::audit_drop::{dropped_through, telling_of_drop};
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::clock::{Deadline, Timestamp};
use crate::store::audit_retention::{DeleteDropped, FindDropped, LastSealBefore, LatestDrops, WriteDrop};

/// Seals looked at in one unit, to find how far the old ones go: a day has some 17,000.
const SEALS_A_PAGE: u16 = 1_000;
const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// How long events are kept.
#[derive(Clone)]
pub struct AuditRetention {
    /// Whole days.
    pub age: Duration,
    /// Signs what is let go, so that a check knows that nobody else removed it.
    pub sealer: Arc<Sealer>,
}

impl AuditRetention {
    /// Whole days are kept, and the event that tells of it is written once a day and not with each sweep.
    fn since(&self, now: Timestamp) -> Timestamp {
        let moment = now.minus(self.age).as_micros();
        Timestamp::from_micros(moment - moment.rem_euclid(DAY_MICROS))
    }
}

impl Round<'_> {
    /// Takes from `batches` what it needs.
    pub(super) async fn let_events_go(&mut self, retention: &AuditRetention, batches: u32) -> Result<(), SweepError> {
        let drops = self.database.run(LatestDrops, Deadline::within(PATIENCE)).await?;
        let key = &*retention.sealer;
        let gone = drops.iter().filter_map(|detail| dropped_through(detail, key)).max().unwrap_or(0);
        let through = self.last_old_seal(gone, retention.since(self.clock.now())).await?;
        if through > gone {
            let event = NewEvent::new(self.lease.holder, Action::AuditDropped, Actor::SYSTEM);
            let event = telling_of_drop(event, through, key);
            let write = WriteDrop { event, lease: self.lease, lease_ttl: LEASE_TTL };
            if !self.database.run(write, Deadline::within(PATIENCE)).await? {
                self.report.left_to_another = true;
                return Ok(());
            }
            tracing::info!(event = "audit_dropped", through);
        }
        for _ in 0..batches {
            if !self.delete_batch(through).await? {
                break;
            }
        }
        Ok(())
    }

    async fn last_old_seal(&self, after: i64, moment: Timestamp) -> Result<i64, SweepError> {
        let mut through = after;
        loop {
            let find = LastSealBefore { after: through, moment, limit: SEALS_A_PAGE };
            match self.database.run(find, Deadline::within(PATIENCE)).await? {
                Some(last) => through = last,
                None => return Ok(through),
            }
        }
    }

    /// Whether there may be more.
    async fn delete_batch(&mut self, through: i64) -> Result<bool, SweepError> {
        self.wait_while_busy().await;
        let limit = self.pace.rows();
        let ids = self.database.run(FindDropped { through, limit }, Deadline::within(PATIENCE)).await?;
        if ids.is_empty() {
            return Ok(false);
        }
        let is_full = ids.len() == usize::from(limit);
        let began = Instant::now();
        let delete = DeleteDropped { ids, lease: self.lease, lease_ttl: LEASE_TTL };
        let Some(events) = self.database.run(delete, Deadline::within(PATIENCE)).await? else {
            self.report.left_to_another = true;
            return Ok(false);
        };
        self.report.audit_events += events;
        self.rest_after(began.elapsed()).await;
        Ok(is_full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_are_kept() {
        let sealer = Arc::new(Sealer::new(&[1; 32], None).unwrap());
        let retention = AuditRetention { age: Duration::from_hours(24), sealer };
        let since = |micros| retention.since(Timestamp::from_micros(micros)).as_micros();
        assert_eq!(since(10 * DAY_MICROS), 9 * DAY_MICROS);
        assert_eq!(since(10 * DAY_MICROS - 1), 8 * DAY_MICROS);
        assert_eq!(since(0), -DAY_MICROS);
    }
}
