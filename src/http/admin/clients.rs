//! `/v1/admin/clients…`

use actix_web::{HttpResponse, web};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::client_name::ClientName;
use crate::domain::client_secret::ClientSecret;
use crate::domain::clock::Timestamp;
use crate::domain::permission::Permissions;
use crate::domain::service_client::ServiceClient;
use crate::flows::Context;
use crate::flows::admin::clients::{delete_client, list_clients, make_client, rotate_client_secret};
use crate::http::allowed::{Allowed, ClientsRead, ClientsWrite};
use crate::http::body::Body;
use crate::http::fields::Fields;
use crate::http::paging::{ListQuery, PageJson};
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::query::Query;

#[derive(Serialize)]
pub struct ClientJson {
    id: Uuid,
    name: String,
    permissions: Vec<String>,
    active: bool,
    created_at: String,
    last_used_at: Option<String>,
}

impl From<ServiceClient> for ClientJson {
    fn from(client: ServiceClient) -> Self {
        Self {
            id: client.id,
            name: client.name,
            permissions: client.permissions.iter().map(ToString::to_string).collect(),
            active: client.active,
            created_at: client.created_at.rfc3339(),
            last_used_at: client.last_used_at.map(Timestamp::rfc3339),
        }
    }
}

/// What is shown once.
#[derive(Serialize)]
struct SecretJson {
    client_id: Uuid,
    client_secret: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<ClientJson>,
}

impl SecretJson {
    fn new(client_id: Uuid, secret: &ClientSecret, client: Option<ServiceClient>) -> Self {
        let client_secret = secret.secret().expose_secret().to_owned();
        Self { client_id, client_secret, client: client.map(ClientJson::from) }
    }
}

pub async fn list(
    leave: Allowed<ClientsRead>,
    context: web::Data<Context>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = list_clients(&context, &leave.visit, query.0.page()?).await?;
    Ok(HttpResponse::Ok().json(PageJson::new(page, ClientJson::from)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewClientBody {
    name: String,
    permissions: Vec<String>,
}

pub async fn create(
    leave: Allowed<ClientsWrite>,
    context: web::Data<Context>,
    body: Body<NewClientBody>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body;
    let mut fields = Fields::default();
    let name = fields.take("/name", ClientName::parse(&body.name));
    let permissions = fields.take("/permissions", Permissions::grantable(&body.permissions));
    let (name, permissions) = fields.finish(name.zip(permissions))?;
    let (client, secret) = make_client(&context, &leave.visit, &leave.by, &name, permissions).await?;
    Ok(HttpResponse::Created().json(SecretJson::new(client.id, &secret, Some(client))))
}

pub async fn rotate_secret(
    leave: Allowed<ClientsWrite>,
    context: web::Data<Context>,
    id: PathId,
) -> Result<HttpResponse, Problem> {
    let secret = rotate_client_secret(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::Ok().json(SecretJson::new(id.0, &secret, None)))
}

pub async fn delete(
    leave: Allowed<ClientsWrite>,
    context: web::Data<Context>,
    id: PathId,
) -> Result<HttpResponse, Problem> {
    delete_client(&context, &leave.visit, &leave.by, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
