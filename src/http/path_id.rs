//! The id of a thing, in the path of a call.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use uuid::Uuid;

use super::problem::Problem;

/// A hyphenated UUID is as long as this; the other ways of writing one would make two addresses of one thing.
const HYPHENATED_BYTES: usize = 36;

/// The `{id}` of a route.
///
/// # Errors
/// 404: there is nothing under what is no id.
pub struct PathId(pub Uuid);

impl FromRequest for PathId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("id").filter(|text| text.len() == HYPHENATED_BYTES);
        let id = text.and_then(|text| Uuid::try_parse(text).ok());
        ready(id.map(Self).ok_or_else(Problem::not_found))
    }
}
