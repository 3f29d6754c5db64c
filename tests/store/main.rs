#![cfg(test)]
//! Store contracts: every query, on every database.

#[path = "../support/databases.rs"]
mod databases;
#[macro_use]
mod ground;
mod account_deletion;
mod addresses;
mod administrators;
mod audit_events;
mod audit_lists;
mod audit_plans;
mod audit_seals;
mod away;
mod claimed_roles;
mod copying;
mod errors;
mod foreign_writes;
mod identities;
mod imported_users;
mod interrupted;
mod keys;
mod leases;
mod lost_answers;
mod mailed_tokens;
mod migrations;
mod outbox;
mod passwords;
mod profiles;
#[path = "../support/proxy.rs"]
mod proxy;
mod query_plans;
mod races;
mod refresh_tokens;
mod registrations;
mod resealing;
mod resets;
mod revocations;
mod role_definitions;
mod roles;
#[path = "../support/rounds.rs"]
mod rounds;
mod second_factors;
mod service_clients;
mod session_limit;
mod sessions;
mod sweeping;
mod table_list;
#[path = "../support/tables.rs"]
#[expect(dead_code, reason = "nothing is dumped here")]
mod tables;
mod texts;
mod throttles;
mod user_deeds;
mod user_lists;
mod users;
mod writer;
