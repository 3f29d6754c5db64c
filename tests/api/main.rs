#![cfg(test)]
//! The API over HTTP, against a real server.

#[path = "../support/app.rs"]
mod app;
mod walk;
