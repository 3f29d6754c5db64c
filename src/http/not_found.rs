//! What answers where no route does.
//!
//! Only the app's default service is needed: `App::default_service(web::to(not_found))`. A resource answers a method
//! that it does not have with an empty 405 and the right `Allow` by itself, and the edge gives every empty answer of
//! 400 and above the form of its plane.

use std::future::{Ready, ready};

use actix_web::HttpResponse;

use super::problem::Problem;

/// # Errors
/// Always [`Problem::not_found`].
pub fn not_found() -> Ready<Result<HttpResponse, Problem>> {
    ready(Err(Problem::not_found()))
}
