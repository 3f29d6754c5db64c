//! `POST /v1/me/delete` and `GET /v1/me/export`

use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use actix_web::{HttpResponse, web};

use super::caller::FreshPerson;
use super::personal_data_json::PersonalDataJson;
use super::problem::Problem;
use crate::flows::Context;
use crate::flows::delete_account::delete_account;
use crate::flows::export_personal_data::export_personal_data;

/// A browser saves it instead of showing it.
const AS_A_FILE: HeaderValue = HeaderValue::from_static(r#"attachment; filename="account.json""#);

/// Who asks says it all: a body is not read.
pub async fn delete(context: web::Data<Context>, person: FreshPerson) -> Result<HttpResponse, Problem> {
    let FreshPerson(person) = person;
    delete_account(&context, &person.visit, &person.claims).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub async fn export(context: web::Data<Context>, person: FreshPerson) -> Result<HttpResponse, Problem> {
    let FreshPerson(person) = person;
    let data = export_personal_data(&context, &person.visit, &person.claims).await?;
    let json = PersonalDataJson::new(data, context.house.clock.now(), person.claims.sid);
    Ok(HttpResponse::Ok().insert_header((CONTENT_DISPOSITION, AS_A_FILE)).json(json))
}
