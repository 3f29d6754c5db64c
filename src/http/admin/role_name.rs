//! The name of a role, in the path of a call.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::domain::role::RoleName;
use crate::http::problem::Problem;

/// The `{name}` or `{role}` of a route.
///
/// # Errors
/// 404: there is nothing under what is no name.
pub struct PathRole(pub RoleName);

impl FromRequest for PathRole {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let path = request.match_info();
        let name = path.get("name").or_else(|| path.get("role")).and_then(|text| RoleName::parse(text).ok());
        ready(name.map(Self).ok_or_else(Problem::not_found))
    }
}
