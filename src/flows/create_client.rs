//! A service client, made at the terminal. Its secret is told once.

use uuid::Uuid;

use super::cause::Cause;
use crate::actors::database::DatabaseDoor;
use crate::domain::client_secret::{ClientId, ClientSecret};
use crate::domain::clock::Deadline;
use crate::domain::permission::Permissions;
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
    let (id, secret) = (Uuid::now_v7(), ClientSecret::random());
    let row =
        ClientRow { id, name, secret_hash: secret.hash().to_vec(), permissions: permissions.to_string(), active: true };
    match database.run(CreateClient(row), deadline).await.map_err(Cause::from)? {
        ClientCreated::Yes => Ok((ClientId::new(id), secret)),
        ClientCreated::NameTaken => Err(CreateClientError::NameTaken),
    }
}
