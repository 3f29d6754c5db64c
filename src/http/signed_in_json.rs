//! How far somebody has come who is signing in, as JSON: tokens, or what is still owed.

use actix_web::HttpResponse;
use secrecy::ExposeSecret;
use serde_json::json;

use super::account_json::TokensJson;
use crate::domain::clock::Clock;
use crate::flows::entering::SignedIn;

/// The second factors that `POST /v1/login/mfa` takes.
const FACTORS: [&str; 2] = ["totp", "recovery_code"];

pub fn answer(signed_in: SignedIn, clock: &Clock) -> HttpResponse {
    let mut ok = HttpResponse::Ok();
    match signed_in {
        SignedIn::Completely(tokens) => ok.json(TokensJson::new(*tokens, clock)),
        SignedIn::SecondFactorOwed(challenge) => ok.json(json!({
            "status": "mfa_required",
            "challenge": challenge.token.expose_secret(),
            "factors": FACTORS,
            "expires_in": challenge.expires_in.as_secs(),
        })),
        SignedIn::PasswordChangeOwed(challenge) => ok.json(json!({
            "status": "password_change_required",
            "challenge": challenge.token.expose_secret(),
            "expires_in": challenge.expires_in.as_secs(),
        })),
    }
}
