#![cfg(test)]
//! Store contracts: every query, on every database.

mod migrations;
