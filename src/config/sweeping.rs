//! Sweeping: how often expired rows are looked for, how long one batch of deletes may hold the database, and how long
//! the audit trail is kept.

use std::time::Duration;

use super::database::DatabaseSettings;
use super::reader::{Noted, Reader};
use super::setting::Allowed;
use super::setting::Fallback::{Derived, Written};
use super::setting::{Section, Setting};

/// SQLite has one writer, and every login waits behind the batch.
const BATCH_MS_ON_SQLITE: u64 = 3;
const BATCH_MS_ON_SERVERS: u64 = 10;

const SWEEP_INTERVAL: Setting = Setting::new(
    "SWEEP_INTERVAL",
    Written("300"),
    Allowed::whole(1, 86_400, "seconds"),
    "time between two sweeps, in seconds",
);
const SWEEP_BATCH_MS: Setting = Setting::new(
    "SWEEP_BATCH_MS",
    Derived("3 for sqlite, 10 for mysql and postgres"),
    Allowed::whole(1, 1_000, "milliseconds"),
    "time that one batch of deletes should take, in milliseconds",
);
// A hundred years of days: their microseconds are far from overflow.
const AUDIT_RETENTION_DAYS: Setting = Setting::new(
    "AUDIT_RETENTION_DAYS",
    Written("365"),
    Allowed::whole(0, 36_500, "days"),
    "events of the audit trail that are older go, and their seals stay; 0: all are kept",
);

pub(super) const SECTION: Section = Section {
    title: "Sweeping",
    introduction: "Expired and revoked rows are deleted in small batches, by one node at a time.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[SWEEP_INTERVAL, SWEEP_BATCH_MS, AUDIT_RETENTION_DAYS];

const DAY: Duration = Duration::from_hours(24);

#[derive(Clone, Debug)]
pub struct SweepingSettings {
    pub interval: Duration,
    /// The time one batch should take; the sweeper sizes its batches by it.
    pub batch: Duration,
    /// `None`: the audit trail is kept for ever.
    pub audit_retention: Option<Duration>,
}

pub(super) fn read(reader: &mut Reader<'_>, database: Option<&DatabaseSettings>) -> Result<SweepingSettings, Noted> {
    let interval = reader.seconds(&SWEEP_INTERVAL);
    let batch_ms = reader.optional_whole(&SWEEP_BATCH_MS);
    let retention_days: Result<u32, Noted> = reader.whole(&AUDIT_RETENTION_DAYS);
    let on_sqlite = database.is_none_or(|database| database.target.is_sqlite());
    let usual_ms = if on_sqlite { BATCH_MS_ON_SQLITE } else { BATCH_MS_ON_SERVERS };
    Ok(SweepingSettings {
        interval: interval?,
        batch: Duration::from_millis(batch_ms?.unwrap_or(usual_ms)),
        audit_retention: Some(DAY * retention_days?).filter(|age| !age.is_zero()),
    })
}
