//! Service clients that were looked up a moment ago. No actor: it has no queue and no schedule.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use uuid::Uuid;

use crate::store::service_clients::ClientRow;

/// A client that is disabled, or whose secret is replaced, is refused everywhere within the second that is promised.
const REMEMBERED_FOR: Duration = Duration::from_secs(1);
/// Only ids that exist are remembered; past this many at once the memory begins anew.
const REMEMBERED: usize = 1_000;

/// So that a resource server which introspects a thousand tokens a second costs one look-up a second, not a thousand.
#[derive(Clone, Debug, Default)]
pub struct KnownClients(Arc<DashMap<Uuid, (Instant, Arc<ClientRow>)>>);

impl KnownClients {
    pub fn get(&self, id: Uuid) -> Option<Arc<ClientRow>> {
        let known = self.0.get(&id)?;
        let (asked_at, row) = known.value();
        (asked_at.elapsed() < REMEMBERED_FOR).then(|| Arc::clone(row))
    }

    /// For what was changed on this node, which is known here at once.
    pub fn forget(&self, id: Uuid) {
        self.0.remove(&id);
    }

    /// `asked_at`: before the table was read.
    pub fn put(&self, row: ClientRow, asked_at: Instant) -> Arc<ClientRow> {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        let row = Arc::new(row);
        self.0.insert(row.id, (asked_at, Arc::clone(&row)));
        row
    }
}
