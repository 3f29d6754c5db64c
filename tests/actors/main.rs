#![cfg(test)]
//! The actors, by message.

#[path = "../support/app.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod app;
#[path = "../support/databases.rs"]
mod databases;
mod hasher;
mod panics;
mod sweeper;
