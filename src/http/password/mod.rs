//! `/v1/password/…` and the new password at sign-in: what is asked of one, whether one would do, and setting it.
//!
//! Passwords arrive in `SecretString`s and leave them nowhere; no answer repeats any of one, and no log does.

pub mod challenged;
pub mod change;
pub mod check;
pub mod forgotten;
pub mod policy;
