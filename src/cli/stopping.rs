//! How a server ends: by a signal, in good order, and not later than after half a minute.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::{Exit, Failure};
use super::node::Node;

/// A request has ten seconds, the servers 25 to let the last one go; then come the doors and the pools.
const PATIENCE: Duration = Duration::from_secs(30);

/// SIGTERM and SIGINT, which from now on do nothing by themselves.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Lets everything finish, unless that takes too long or somebody insists.
pub async fn stop(node: &Node, signals: &mut Signals) -> Result<(), Failure> {
    tokio::select! {
        () = node.stop() => Ok(()),
        () = signals.next() => Err(Failure::new(Exit::Failure, "a second signal: what was under way is cut off")),
        () = tokio::time::sleep(PATIENCE) => {
            let seconds = PATIENCE.as_secs();
            Err(Failure::new(Exit::Failure, format!("not everything had ended after {seconds} s; it is cut off")))
        }
    }
}
