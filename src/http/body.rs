//! `Body<T>`: a JSON body, read strictly into the type that a handler names.

use std::future::ready;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
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

/// A body that may be left out, as [`Body`] where it is not.
pub struct OptionalBody<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for OptionalBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if is_left_out(request) {
            return Box::pin(ready(Ok(Self(None))));
        }
        let body = Body::from_request(request, payload);
        Box::pin(async move { body.await.map(|Body(body)| Self(Some(body))) })
    }
}

fn is_left_out(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let is_announced = headers.contains_key(TRANSFER_ENCODING)
        || headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
    !headers.contains_key(CONTENT_TYPE) && !is_announced
}

/// Where there is nothing to say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFields {}
