//! `Body<T>`: a JSON body, read strictly into the type that a handler names.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::{json, payload};

/// The body. Unknown fields are refused whether or not `T` says `deny_unknown_fields`, so forgetting it opens nothing.
///
/// Secrets are read into `secrecy::SecretString`. No answer ever repeats a value that was sent.
///
/// # Errors
/// 415 unless it is `application/json` in UTF-8; 413 over 64 KiB; 408 if it does not arrive; 400 `malformed_json`,
/// `unknown_field` or `invalid_field`, the latter two with `errors[].pointer`.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            payload::demand_type(&request, "application/json")?;
            let bytes = payload::read(&request, payload).await?;
            json::parse(&bytes).map(Self)
        })
    }
}
