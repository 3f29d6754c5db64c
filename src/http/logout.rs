//! `POST /v1/logout`

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::bearer::BearerToken;
use super::body::OptionalBody;
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

/// The body may be left out: then it is this session.
pub async fn post(
    context: web::Data<Context>,
    visit: Visit,
    token: BearerToken,
    body: OptionalBody<LogoutBody>,
) -> Result<HttpResponse, Problem> {
    let scope = body.0.and_then(|body| body.scope).map_or_else(Scope::default, Scope::from);
    sign_out(&context, &visit, token.expose_secret(), scope).await?;
    Ok(HttpResponse::NoContent().finish())
}
