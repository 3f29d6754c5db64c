//! `GET /v1/oauth/providers` and `POST /v1/oauth/exchange`: called by apps.

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::identities::IdentityJson;
use crate::domain::browser_token::BrowserPass;
use crate::domain::pkce::CodeVerifier;
use crate::flows::oauth::exchange::{Exchange, Exchanged, exchange as redeem};
use crate::flows::oauth::providers as offered;
use crate::flows::{Context, Visit};
use crate::http::body::Body;
use crate::http::problem::Problem;
use crate::http::signed_in_json;

pub async fn providers(context: web::Data<Context>) -> HttpResponse {
    let providers: Vec<Value> = offered(&context)
        .iter()
        .map(|provider| json!({ "name": provider.name.as_str(), "display_name": provider.display_name }))
        .collect();
    HttpResponse::Ok().json(json!({ "providers": providers }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeBody {
    code: SecretString,
    code_verifier: SecretString,
    device_token: Option<SecretString>,
}

pub async fn exchange(
    context: web::Data<Context>,
    visit: Visit,
    body: Body<ExchangeBody>,
) -> Result<HttpResponse, Problem> {
    let Body(ExchangeBody { code, code_verifier, device_token }) = body;
    let code = BrowserPass::parse(code.expose_secret()).ok();
    let verifier = CodeVerifier::parse(code_verifier.expose_secret()).ok();
    Ok(match redeem(&context, &visit, Exchange { code, verifier, device_token }).await? {
        Exchanged::SignedIn(signed_in) => signed_in_json::answer(signed_in, &context.house.clock),
        Exchanged::Linked(identity) => {
            HttpResponse::Ok().json(json!({ "status": "linked", "identity": IdentityJson::from(identity) }))
        }
        Exchanged::Ticket(ticket) => HttpResponse::Ok().json(json!({
            "status": "provider_ticket",
            "provider_ticket": ticket.token.expose_secret(),
            "expires_in": ticket.expires_in.as_secs(),
        })),
    })
}
