//! What is seen beside the answers, once a second: the node's memory and processor time, the generator's own, and what
//! the node says of itself at `/v1/admin/load`.
//!
//! It promises to cost little (one file in `/proc`, one request) and never to end a run: what cannot be seen is left
//! out.

pub mod load;
pub mod own;
pub mod process;

use serde::{Deserialize, Serialize};

use self::load::{LoadReader, NodeLoad};
use self::own::OwnTime;
use self::process::Process;
use crate::place::{Node, ServiceClient};

/// One look.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Seconds since what counts began.
    pub at: f64,
    pub resident_bytes: Option<u64>,
    /// Processor seconds since the look before.
    pub node_seconds: Option<f64>,
    pub own_seconds: f64,
    pub load: Option<NodeLoad>,
}

pub struct Watch {
    process: Option<Process>,
    own: OwnTime,
    load: Option<LoadReader>,
}

impl Watch {
    /// Without a client the node is not asked about itself.
    pub fn new(node: &Node, client: Option<&ServiceClient>) -> Self {
        let load = client.and_then(|client| LoadReader::start(node.address, client.clone()).ok());
        Self { process: node.process.map(Process::new), own: OwnTime::new(), load }
    }

    pub fn look(&mut self, at: f64) -> Sample {
        Sample {
            at,
            resident_bytes: self.process.as_ref().and_then(Process::resident_bytes),
            node_seconds: self.process.as_mut().and_then(Process::seconds_since),
            own_seconds: self.own.seconds_since(),
            load: self.load.as_ref().and_then(LoadReader::latest),
        }
    }
}
