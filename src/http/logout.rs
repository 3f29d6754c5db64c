//! `POST /v1/logout`

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::bearer::BearerToken;
use super::body::Body;
use super::problem::Problem;
use crate::flows::sign_out::{Scope, sign_out};
use crate::flows::{Context, Visit};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogoutBody {
    scope: Option<ScopeWord>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ScopeWord {
    This,
    Others,
    All,
}

impl From<ScopeWord> for Scope {
    fn from(word: ScopeWord) -> Self {
        match word {
            ScopeWord::This => Self::This,
            ScopeWord::Others => Self::Others,
            ScopeWord::All => Self::All,
        }
    }
}

pub async fn post(
    request: HttpRequest,
    context: web::Data<Context>,
    visit: Visit,
    token: BearerToken,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let scope = scope_of(&request, payload).await?;
    sign_out(&context, &visit, token.expose_secret(), scope).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The body may be left out: then it is this session.
async fn scope_of(request: &HttpRequest, payload: web::Payload) -> Result<Scope, Problem> {
    let has_type = request.headers().contains_key(actix_web::http::header::CONTENT_TYPE);
    let has_body = request.headers().contains_key(actix_web::http::header::TRANSFER_ENCODING)
        || request.headers().get(actix_web::http::header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    if !has_type && !has_body {
        return Ok(Scope::default());
    }
    let mut payload: dev::Payload = payload.into_inner();
    let Body(body) = Body::<LogoutBody>::from_request(request, &mut payload).await?;
    Ok(body.scope.map_or_else(Scope::default, Scope::from))
}
