//! `/v1/me/mfa` and what lies below it.

use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::body::{Body, NoFields, OptionalBody};
use super::caller::{FreshPerson, Person};
use super::problem::Problem;
use crate::domain::totp::TotpCode;
use crate::flows::Context;
use crate::flows::enrol_totp::{confirm_totp, offer_totp};
use crate::flows::keep_mfa;

pub async fn get(context: web::Data<Context>, person: Person) -> Result<HttpResponse, Problem> {
    let state = keep_mfa::view_mfa(&context, &person.visit, &person.claims).await?;
    Ok(HttpResponse::Ok().json(json!({
        "totp": { "enabled": state.enabled, "pending": state.pending },
        "recovery_codes_left": state.recovery_codes_left,
    })))
}

pub async fn offer(
    context: web::Data<Context>,
    FreshPerson(person): FreshPerson,
    _: OptionalBody<NoFields>,
) -> Result<HttpResponse, Problem> {
    let enrolment = offer_totp(&context, &person.visit, &person.claims).await?;
    Ok(HttpResponse::Created().json(json!({
        "secret": enrolment.secret.expose_secret(),
        "otpauth_uri": enrolment.otpauth_uri.expose_secret(),
        "qr_svg": enrolment.qr_svg.expose_secret(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    code: SecretString,
}

pub async fn confirm(
    context: web::Data<Context>,
    person: Person,
    body: Body<CodeBody>,
) -> Result<HttpResponse, Problem> {
    let code = TotpCode::parse(&body.0.code).ok();
    let codes = confirm_totp(&context, &person.visit, &person.claims, code).await?;
    Ok(shown_once(&codes))
}

pub async fn turn_off(context: web::Data<Context>, FreshPerson(person): FreshPerson) -> Result<HttpResponse, Problem> {
    keep_mfa::turn_off_mfa(&context, &person.visit, &person.claims).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn recovery_codes(
    context: web::Data<Context>,
    FreshPerson(person): FreshPerson,
    _: OptionalBody<NoFields>,
) -> Result<HttpResponse, Problem> {
    let codes = keep_mfa::replace_recovery_codes(&context, &person.visit, &person.claims).await?;
    Ok(shown_once(&codes))
}

fn shown_once(codes: &[SecretString]) -> HttpResponse {
    let codes: Vec<&str> = codes.iter().map(ExposeSecret::expose_secret).collect();
    HttpResponse::Ok().json(json!({ "recovery_codes": codes }))
}
