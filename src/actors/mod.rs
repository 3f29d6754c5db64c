//! Those who own what can block or must be shared: the database, the hashing threads, the keys, the revocations, the
//! sweeping, the sealing of the audit trail, the mail, the providers of others.
//!
//! An actor is reached through its [`door::Door`] and in no other way. Each is a folder with the same rooms: `mod.rs` says
//! what it owns and promises and holds the way to it, `messages.rs` is its vocabulary, `actor.rs` has the handlers, and
//! the work stands beside them as functions that know no actix. [`house`] starts them all, and lets them go.

pub mod database;
pub mod door;
pub mod hasher;
pub mod house;
pub mod in_flight;
pub mod issuer;
mod known_clients;
pub mod latency;
pub mod mailer;
pub mod notary;
pub mod oauth;
pub mod refusal_log;
pub mod revocations;
pub mod sealing;
pub mod sweeper;
