#![cfg(test)]
//! The actors, by message.

#[path = "../support/app.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod app;
#[path = "../support/certificates.rs"]
mod certificates;
#[path = "../support/databases.rs"]
mod databases;
mod hasher;
mod mailer;
mod oauth;
#[path = "../support/outbox.rs"]
mod outbox;
mod panics;
#[path = "../support/providers.rs"]
mod providers;
#[path = "../support/smtp.rs"]
mod smtp;
#[path = "../support/stand_in.rs"]
mod stand_in;
mod sweeper;
