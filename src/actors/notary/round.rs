//! One round, from taking the lease to giving it back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::actors::database::{DatabaseDoor, DatabaseError};
use crate::actors::sealing::Sealer;
use crate::domain::audit_seal::EVENTS_A_SEAL;
use crate::domain::clock::Deadline;
use crate::store::audit_seals::{CountUnsealed, SEALING, SealEvents};
use crate::store::leases::{Lease, ReleaseLease, TakeLease};

/// Prolonged by every seal. A holder that died holds up the others no longer than this.
const LEASE_TTL: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(2);
/// Seals of one round; what lies beyond is for the next: 128,000 events.
const SEALS: u32 = 1_000;

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    pub seals: u64,
    pub events: u64,
    /// Another node held the lease, or took it over.
    pub left_to_another: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum NotaryError {
    #[error("sealing stopped: {0}")]
    Database(#[from] DatabaseError),
}

pub(super) async fn seal(node: Uuid, database: DatabaseDoor, sealer: Arc<Sealer>) -> Result<Sealed, NotaryError> {
    // Most rounds find nothing, and then write nothing either.
    if database.run(CountUnsealed { most: 1 }, Deadline::within(PATIENCE)).await? == 0 {
        return Ok(Sealed::default());
    }
    let take = TakeLease { name: SEALING, holder: node, ttl: LEASE_TTL };
    let Some(lease) = database.run(take, Deadline::within(PATIENCE)).await? else {
        return Ok(Sealed { left_to_another: true, ..Sealed::default() });
    };
    let done = seal_all(&database, lease, &sealer).await;
    database.run(ReleaseLease { name: SEALING, lease }, Deadline::within(PATIENCE)).await?;
    done
}

async fn seal_all(database: &DatabaseDoor, lease: Lease, sealer: &Arc<Sealer>) -> Result<Sealed, NotaryError> {
    let mut done = Sealed::default();
    for _ in 0..SEALS {
        let began = Instant::now();
        let key = Arc::<Sealer>::clone(sealer);
        let seal = SealEvents { lease, lease_ttl: LEASE_TTL, limit: EVENTS_A_SEAL, key };
        let Some(events) = database.run(seal, Deadline::within(PATIENCE)).await? else {
            done.left_to_another = true;
            break;
        };
        done.seals += u64::from(events > 0);
        done.events += events;
        if events < u64::from(EVENTS_A_SEAL) {
            break;
        }
        // As long again for everybody else: SQLite has one writer.
        tokio::time::sleep(began.elapsed()).await;
    }
    Ok(done)
}
