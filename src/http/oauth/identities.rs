//! `/v1/me/identities`, and `POST /v1/me/reauthenticate/{provider}`.

use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::provider_of;
use crate::domain::identity::Identity;
use crate::flows::Context;
use crate::flows::oauth::ticket::{Aim, Ticket, ask_ticket, own_identities, unlink};
use crate::http::body::Body;
use crate::http::caller::{FreshPerson, Person};
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::wishes::WishBody;

#[derive(Serialize)]
pub struct IdentityJson {
    id: Uuid,
    provider: String,
    /// As it was when it was linked.
    email: Option<String>,
    linked_at: String,
}

impl From<Identity> for IdentityJson {
    fn from(identity: Identity) -> Self {
        let Identity { id, provider, email, linked_at, .. } = identity;
        Self { id, provider, email, linked_at: linked_at.rfc3339() }
    }
}

pub async fn get(context: web::Data<Context>, person: Person) -> Result<HttpResponse, Problem> {
    let identities = own_identities(&context, &person.visit, &person.claims).await?;
    let identities: Vec<_> = identities.into_iter().map(IdentityJson::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "identities": identities })))
}

pub async fn link(
    context: web::Data<Context>,
    FreshPerson(person): FreshPerson,
    request: HttpRequest,
    body: Body<WishBody>,
) -> Result<HttpResponse, Problem> {
    ask(&context, &person, &request, body.0, Aim::Link).await
}

pub async fn reauthenticate(
    context: web::Data<Context>,
    person: Person,
    request: HttpRequest,
    body: Body<WishBody>,
) -> Result<HttpResponse, Problem> {
    ask(&context, &person, &request, body.0, Aim::Reauthenticate).await
}

async fn ask(
    context: &Context,
    person: &Person,
    request: &HttpRequest,
    body: WishBody,
    aim: Aim,
) -> Result<HttpResponse, Problem> {
    let (wish, provider) = (body.parse("/")?, provider_of(request));
    let ticket = ask_ticket(context, &person.visit, &person.claims, aim, provider, &wish).await?;
    let Ticket { provider, pass } = ticket;
    let (base, ticket) = (&context.rules.public_url, pass.secret().expose_secret());
    Ok(HttpResponse::Ok().json(json!({ "start_url": format!("{base}/v1/oauth/{provider}/start?ticket={ticket}") })))
}

pub async fn delete(
    context: web::Data<Context>,
    FreshPerson(person): FreshPerson,
    id: PathId,
) -> Result<HttpResponse, Problem> {
    unlink(&context, &person.visit, &person.claims, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
