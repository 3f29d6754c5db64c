//! The audit trail over HTTP: what everything that somebody does leaves behind, and what is left of somebody who goes.

mod credentials;
mod erasure;
mod outsiders;
mod own;
mod trail;
mod walk;
