//! `If-Match`, which is honoured where it is given and never demanded, and the `ETag` that it is made of.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{ETAG, IF_MATCH};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use super::problem::Problem;
use crate::domain::etag::{Etag, Precondition};

/// # Errors
/// 400 `malformed_request` for a header that is none, or there twice.
pub struct IfMatch(pub Precondition);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut brought = request.headers().get_all(IF_MATCH);
        let read = match (brought.next(), brought.next()) {
            (None, _) => Some(Precondition::None),
            (Some(only), None) => only.to_str().ok().and_then(Precondition::parse),
            (Some(_), Some(_)) => None,
        };
        ready(read.map(Self).ok_or_else(Problem::malformed_request))
    }
}

/// 200 with the thing and its tag.
pub fn tagged(etag: &Etag, body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, etag.as_str())).json(body)
}
