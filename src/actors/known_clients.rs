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
pub struct KnownClients {
    rows: Arc<DashMap<Uuid, (Instant, Arc<ClientRow>)>>,
    recognised: Arc<DashMap<[u8; 32], (Instant, Uuid)>>,
}

impl KnownClients {
    pub fn get(&self, id: Uuid) -> Option<Arc<ClientRow>> {
        let known = self.rows.get(&id)?;
        let (asked_at, row) = known.value();
        (asked_at.elapsed() < REMEMBERED_FOR).then(|| Arc::clone(row))
    }

    /// Whether a client was recognised by the very same proof within the time that its row is remembered.
    pub fn has_shown(&self, proof: &[u8; 32]) -> bool {
        self.recognised.get(proof).is_some_and(|shown| shown.0.elapsed() < REMEMBERED_FOR)
    }

    /// `proof`: a hash of all by which the client of this `row` was just recognised.
    pub fn note_shown(&self, proof: [u8; 32], row: &Arc<ClientRow>) {
        // As old as what is known of the client, so that both are forgotten within the same second.
        let known = self.rows.get(&row.id).filter(|known| Arc::ptr_eq(&known.1, row));
        let Some(asked_at) = known.map(|known| known.0) else { return };
        if self.recognised.len() >= REMEMBERED {
            self.recognised.clear();
        }
        self.recognised.insert(proof, (asked_at, row.id));
    }

    /// For what was changed on this node, which is known here at once.
    pub fn forget(&self, id: Uuid) {
        self.rows.remove(&id);
        self.recognised.retain(|_, shown| shown.1 != id);
    }

    /// `asked_at`: before the table was read.
    pub fn put(&self, row: ClientRow, asked_at: Instant) -> Arc<ClientRow> {
        if self.rows.len() >= REMEMBERED {
            self.rows.clear();
        }
        let row = Arc::new(row);
        self.rows.insert(row.id, (asked_at, Arc::clone(&row)));
        row
    }
}
