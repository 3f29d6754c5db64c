//! Guessing at secrets: how many failures somebody may have before they have to wait, and for how long.

use std::time::Duration;

/// A limit that holds, as a client is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What is counted: letters and hyphens.
    pub name: &'static str,
    pub quota: u32,
    /// `None`: so many at once, and not so many in a span of time.
    pub window: Option<Duration>,
}

/// Nobody looks at what was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; again in {retry_after:?}")]
pub struct TooManyAttempts {
    pub policy: Policy,
    pub retry_after: Duration,
}
