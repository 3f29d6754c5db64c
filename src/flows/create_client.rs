//! A service client. Its secret is told once.

use uuid::Uuid;

use super::cause::Cause;
use crate::actors::database::DatabaseDoor;
use crate::domain::audit_event::{Action, Actor, NewEvent};
use crate::domain::client_secret::{ClientId, ClientSecret};
use crate::domain::clock::Deadline;
use crate::domain::permission::Permissions;
use crate::store::audited::audited;
use crate::store::service_clients::{ClientCreated, ClientRow, CreateClient};

#[derive(Debug, thiserror::Error)]
pub enum CreateClientError {
    #[error("there is a service client of that name already")]
    NameTaken,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// # Errors
/// [`CreateClientError`].
pub async fn create_client(
    database: &DatabaseDoor,
    name: String,
    permissions: &Permissions,
    deadline: Deadline,
) -> Result<(ClientId, ClientSecret), CreateClientError> {
    let event = NewEvent::new(Uuid::nil(), Action::ClientCreated, Actor::OPERATOR);
    create_client_told(database, name, permissions, event, deadline).await
}

/// `event`: whose deed it is.
///
/// # Errors
/// [`CreateClientError`].
pub async fn create_client_told(
    database: &DatabaseDoor,
    name: String,
    permissions: &Permissions,
    event: NewEvent,
    deadline: Deadline,
) -> Result<(ClientId, ClientSecret), CreateClientError> {
    let (id, secret) = (Uuid::now_v7(), ClientSecret::random());
    let row =
        ClientRow { id, name, secret_hash: secret.hash().to_vec(), permissions: permissions.to_string(), active: true };
    let event = event.about(id).with("permissions", permissions.to_string());
    let create = audited(CreateClient(row), move |done| (*done == ClientCreated::Yes).then(|| event.clone()));
    match database.run(create, deadline).await.map_err(Cause::from)? {
        ClientCreated::Yes => Ok((ClientId::new(id), secret)),
        ClientCreated::NameTaken => Err(CreateClientError::NameTaken),
    }
}
