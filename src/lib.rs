//! Keystead: a self-hosted authentication service.
//!
//! The house has floors, and imports go down only:
//!
//! ```text
//! main → cli → http → flows → actors → store → domain
//! ```
//!
//! A request walks through it one way: bytes, which `http` parses into values of [`domain`]; a flow of [`flows`] decides;
//! the doors of [`actors`] act (hash, mint, read, write); the answer is a value of [`domain`] again, which `http` renders.
//! [`store`] is the waist: one text of queries for three databases. [`config`] is read by `cli`, which hands each section
//! to whoever needs it; [`telemetry`] is set up there and used everywhere; [`private_files`] lies below all that write files.
//! `docs/architecture.md` has the plan.

pub mod actors;
pub mod cli;
pub mod config;
pub mod domain;
pub mod flows;
pub mod http;
pub mod private_files;
pub mod store;
pub mod telemetry;
