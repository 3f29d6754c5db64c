//! What a flow is told of a request: until when, from where, with what, under which name.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use uuid::Uuid;

use super::client_address::ClientAddress;
use super::deadline::EdgeDeadline;
use super::request_id::RequestId;
use super::user_agent::UserAgent;
use crate::flows::{Context, Visit};

pub(super) fn visit_of(request: &HttpRequest) -> Visit {
    Visit {
        deadline: EdgeDeadline::of(request).0,
        ip: Some(ClientAddress::of(request).0.to_string()),
        user_agent: UserAgent::of(request).0,
        request_id: request.extensions().get::<RequestId>().map(|id| id.as_str().to_owned()),
        node: request.app_data::<web::Data<Context>>().map_or(Uuid::nil(), |context| context.house.node),
    }
}

impl FromRequest for Visit {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(visit_of(request)))
    }
}
