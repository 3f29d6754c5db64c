//! What the actor can be asked for.

use crate::actors::database::DatabaseError;
use crate::actors::door::Request;

/// Read the whole live log now, and answer when it is known.
pub struct ReadNow;

impl Request for ReadNow {
    type Reply = Result<(), DatabaseError>;
}
