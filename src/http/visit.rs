//! What a flow is told of a request: until when, from where, with what.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::client_address::ClientAddress;
use super::deadline::EdgeDeadline;
use super::user_agent::UserAgent;
use crate::flows::Visit;

pub(super) fn visit_of(request: &HttpRequest) -> Visit {
    Visit {
        deadline: EdgeDeadline::of(request).0,
        ip: Some(ClientAddress::of(request).0.to_string()),
        user_agent: UserAgent::of(request).0,
    }
}

impl FromRequest for Visit {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(visit_of(request)))
    }
}
