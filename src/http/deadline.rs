//! The one absolute deadline of a request, made when it comes in and handed inward from door to door.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::domain::clock::Deadline;

/// How long a request may take. A client or proxy waits 30 s or more, so the answer always reaches somebody; work
/// inside has shorter limits of its own (a unit of work on the database 2 s, the OAuth door 5 s).
pub const REQUEST_PATIENCE: Duration = Duration::from_secs(10);

/// When this request is too old to be of use.
#[derive(Clone, Copy, Debug)]
pub struct EdgeDeadline(pub Deadline);

impl EdgeDeadline {
    /// The deadline that the edge made; without an edge (a test of one handler) it begins now.
    pub fn of(request: &HttpRequest) -> Self {
        let made = request.extensions().get::<Self>().copied();
        made.unwrap_or_else(|| Self(Deadline::within(REQUEST_PATIENCE)))
    }
}

impl FromRequest for EdgeDeadline {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
