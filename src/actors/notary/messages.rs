//! What the notary can be asked for.

use super::round::{NotaryError, Sealed};
use crate::actors::door::Request;

/// Seal until nothing is left, now.
pub struct SealOnce;

impl Request for SealOnce {
    type Reply = Result<Sealed, NotaryError>;
}
