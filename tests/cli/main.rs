#![cfg(test)]
//! The command line: the real binary, in folders of its own, as an operator would run it.

mod admin;
mod audit;
mod clients;
mod completions;
mod config;
mod db;
mod doctor;
mod export;
mod flask;
#[path = "../support/frameworks.rs"]
#[expect(dead_code, reason = "hashes come in by the import alone here")]
mod frameworks;
mod healthcheck;
mod import;
mod invitations;
mod keys;
mod locked_out;
mod migrate;
mod program;
mod recovery;
mod serve;
mod servers;
mod set_up;
mod signals;
mod tree;
mod users;
