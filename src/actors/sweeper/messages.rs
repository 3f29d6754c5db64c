//! What the sweeper can be asked for.

use super::round::{Report, SweepError};
use crate::actors::door::Request;

/// Sweep until nothing dead is left, now.
pub struct SweepOnce;

impl Request for SweepOnce {
    type Reply = Result<Report, SweepError>;
}
