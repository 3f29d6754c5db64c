//! The command line.
pub mod node;
