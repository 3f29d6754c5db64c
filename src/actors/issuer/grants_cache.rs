//! What users may do, remembered under (user, `claims_version`).

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::cache::RecentlyUsed;
use crate::domain::clock::Timestamp;
use crate::domain::role::Grants;

/// Users whose roles are remembered, at some 300 bytes each.
const REMEMBERED: usize = 50_000;
/// A changed role may become visible this long after the time written in its row (a statement's deadline, several times
/// over), so what was read within it may still be the old.
const LATE_COMMIT: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Remembered {
    grants: Arc<Grants>,
    asked_at: Timestamp,
}

pub struct GrantsCache(RecentlyUsed<(Uuid, i64), Remembered>);

impl Default for GrantsCache {
    fn default() -> Self {
        Self(RecentlyUsed::of(REMEMBERED))
    }
}

impl GrantsCache {
    /// What was read after every change of a role's definition that is known of.
    pub fn get(&self, key: (Uuid, i64), roles_changed_at: Timestamp) -> Option<Arc<Grants>> {
        let found = self.0.get(&key)?;
        (found.asked_at > roles_changed_at.plus(LATE_COMMIT)).then_some(found.grants)
    }

    /// `asked_at`: before the tables were read.
    pub fn put(&self, key: (Uuid, i64), grants: Grants, asked_at: Timestamp) -> Arc<Grants> {
        let grants = Arc::new(grants);
        self.0.put(key, Remembered { grants: Arc::clone(&grants), asked_at });
        grants
    }
}
