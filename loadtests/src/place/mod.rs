//! Where a run takes place: a Keystead that the run starts itself in a folder of its own, or one that is there already.
//!
//! It promises that nothing is left behind: processes end and folders go with the values that stand for them. It asks
//! the program only what an operator can ask it, by its command line, its settings and HTTP. It measures nothing.

pub mod database;
pub mod given;
pub mod own;
pub mod people;
pub mod program;
pub mod server;
pub mod sign_in;

use std::net::SocketAddr;

/// The service client that a run introspects and reads the load with.
#[derive(Clone, Debug)]
pub struct ServiceClient {
    pub id: String,
    pub secret: String,
}

/// A node that answers.
#[derive(Clone, Debug)]
pub struct Node {
    pub address: SocketAddr,
    /// Where it is a process of this machine.
    pub process: Option<u32>,
}
