//! How this node is used: what stands at each actor's door, and what is late.

use std::time::Duration;

use uuid::Uuid;

use crate::actors::door::DoorLoad;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::load::StoreLoad;
use crate::store::outbox::OldestDue;

#[derive(Clone, Debug)]
pub struct NodeLoad {
    pub node: Uuid,
    /// Each actor by its name.
    pub doors: Vec<(&'static str, DoorLoad)>,
    pub hasher: HasherLoad,
    pub store: StoreLoad,
    /// For how long the longest dead row should have been gone, on any node's account.
    pub sweeper_lag: Duration,
    /// For how long the longest due mail has been due.
    pub outbox_lag: Duration,
}

#[derive(Clone, Copy, Debug)]
pub struct HasherLoad {
    pub threads: u32,
    pub computed: u64,
    pub per_second: f64,
    pub predicted_wait: Duration,
}

/// # Errors
/// [`Cause`].
pub async fn load(context: &Context, visit: &Visit) -> Result<NodeLoad, Cause> {
    let house = &context.house;
    let hasher = HasherLoad {
        threads: house.hasher.threads_alive(),
        computed: house.hasher.computed(),
        per_second: house.hasher.hashes_per_second(),
        predicted_wait: house.hasher.predicted_wait(),
    };
    let due_since = house.database.run(OldestDue, visit.deadline).await?;
    Ok(NodeLoad {
        node: house.node,
        doors: house.load(),
        hasher,
        store: house.database.store_load(visit.deadline).await?,
        sweeper_lag: house.sweeper.lag(visit.deadline).await?,
        outbox_lag: due_since.map_or(Duration::ZERO, |at| house.clock.now().since(at)),
    })
}
