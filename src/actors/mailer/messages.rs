//! What the mailer can be asked for.

use super::round::{Report, RoundError};
use crate::actors::door::Request;

/// Send what is due, now.
pub struct SendDue;

impl Request for SendDue {
    type Reply = Result<Report, RoundError>;
}
