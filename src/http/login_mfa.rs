//! `POST /v1/login/mfa`

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::body::Body;
use super::problem::Problem;
use super::signed_in_json;
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::secret_token::SecretToken;
use crate::domain::totp::TotpCode;
use crate::flows::complete_mfa::{CompleteMfa, Factor, complete_mfa};
use crate::flows::{Context, Visit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginMfaBody {
    challenge: SecretString,
    factor: FactorWord,
    code: SecretString,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FactorWord {
    Totp,
    RecoveryCode,
}

pub async fn post(
    context: web::Data<Context>,
    visit: Visit,
    body: Body<LoginMfaBody>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let factor = match body.factor {
        FactorWord::Totp => Factor::Totp(TotpCode::parse(&body.code).ok()),
        FactorWord::RecoveryCode => Factor::RecoveryCode(RecoveryCode::parse(&body.code).ok()),
    };
    let challenge = SecretToken::parse(body.challenge.expose_secret()).ok();
    let signed_in = complete_mfa(&context, &visit, CompleteMfa { challenge, factor }).await?;
    Ok(signed_in_json::answer(signed_in, &context.house.clock))
}
