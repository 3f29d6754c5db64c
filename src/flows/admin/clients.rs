//! Service clients. Whoever makes one, or has its secret made anew, has what it may do in hand, and so holds it already.

use uuid::Uuid;

use super::above::{AboveError, may_hand_on};
use super::by::By;
use crate::domain::audit_event::Action;
use crate::domain::client_name::ClientName;
use crate::domain::client_secret::ClientSecret;
use crate::domain::page::{Page, PageRequest};
use crate::domain::permission::Permissions;
use crate::domain::service_client::ServiceClient;
use crate::flows::cause::Cause;
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::service_clients::{
    ClientCreated, ClientRow, CreateClient, DeleteClient, FindClient, FindClientRecord, ListClients, RotateClientSecret,
};

#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    #[error("there is no such service client")]
    NoSuchClient,
    #[error("there is a service client of that name already")]
    NameTaken,
    #[error(transparent)]
    Above(#[from] AboveError),
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// The latest first.
///
/// # Errors
/// [`Cause`].
pub async fn list_clients(context: &Context, visit: &Visit, page: PageRequest) -> Result<Page<ServiceClient>, Cause> {
    Ok(context.house.database.run(ListClients { page }, visit.deadline).await?)
}

/// By its id or by its name. (A name that looks like an id is found by the id alone.)
///
/// # Errors
/// [`ClientsError`].
pub async fn find_client(context: &Context, visit: &Visit, which: &str) -> Result<ServiceClient, ClientsError> {
    let find = Uuid::try_parse(which).map_or_else(|_| FindClientRecord::Name(which.to_owned()), FindClientRecord::Id);
    let found = context.house.database.run(find, visit.deadline).await.map_err(Cause::from)?;
    found.ok_or(ClientsError::NoSuchClient)
}

/// The client, and its secret, which is told this once.
///
/// # Errors
/// [`ClientsError`].
pub async fn make_client(
    context: &Context,
    visit: &Visit,
    by: &By,
    name: &ClientName,
    permissions: Permissions,
) -> Result<(ServiceClient, ClientSecret), ClientsError> {
    may_hand_on(by, &permissions)?;
    let (id, secret, name) = (Uuid::now_v7(), ClientSecret::random(), name.as_str().to_owned());
    let secret_hash = secret.hash().to_vec();
    let row = ClientRow { id, name: name.clone(), secret_hash, permissions: permissions.to_string(), active: true };
    let event = visit.event(Action::ClientCreated, by.actor()).about(id).with("permissions", permissions.to_string());
    let create = audited(CreateClient(row), move |done| (*done == ClientCreated::Yes).then(|| event.clone()));
    match context.house.database.run(create, visit.deadline).await.map_err(Cause::from)? {
        ClientCreated::Yes => {
            tracing::info!(event = "client_created", client_id = %id, %by);
            let created_at = context.house.clock.now();
            Ok((ServiceClient { id, name, permissions, active: true, created_at, last_used_at: None }, secret))
        }
        ClientCreated::NameTaken => Err(ClientsError::NameTaken),
    }
}

/// Another secret for a client; the one before is worth nothing any more, here at once and elsewhere within a second.
/// Tokens that were got with it go on until they expire.
///
/// # Errors
/// [`ClientsError`].
pub async fn rotate_client_secret(
    context: &Context,
    visit: &Visit,
    by: &By,
    id: Uuid,
) -> Result<ClientSecret, ClientsError> {
    may_act_on_client(context, visit, by, id).await?;
    let secret = ClientSecret::random();
    let rotate = RotateClientSecret { id, secret_hash: secret.hash() };
    let event = visit.event(Action::ClientSecretRotated, by.actor()).about(id);
    let rotate = audited(rotate, move |rows| (*rows > 0).then(|| event.clone()));
    if context.house.database.run(rotate, visit.deadline).await.map_err(Cause::from)? == 0 {
        return Err(ClientsError::NoSuchClient);
    }
    context.house.known_clients.forget(id);
    tracing::info!(event = "client_secret_rotated", client_id = %id, %by);
    Ok(secret)
}

/// Its secret and its tokens are worth nothing any more, here at once and elsewhere within a second.
///
/// # Errors
/// [`ClientsError`].
pub async fn delete_client(context: &Context, visit: &Visit, by: &By, id: Uuid) -> Result<(), ClientsError> {
    may_act_on_client(context, visit, by, id).await?;
    let delete = DeleteClient { id, access_ttl: context.rules.access_ttl };
    let event = visit.event(Action::ClientDeleted, by.actor()).about(id);
    let delete = audited(delete, move |done| done.is_some().then(|| event.clone()));
    let deleted = context.house.database.run(delete, visit.deadline).await.map_err(Cause::from)?;
    let revocation = deleted.ok_or(ClientsError::NoSuchClient)?;
    context.house.known_clients.forget(id);
    context.house.revocations.learn(&revocation);
    tracing::info!(event = "client_deleted", client_id = %id, %by);
    Ok(())
}

/// What a client may do never changes, so what is read here stays true.
async fn may_act_on_client(context: &Context, visit: &Visit, by: &By, id: Uuid) -> Result<(), ClientsError> {
    let found = context.house.database.run(FindClient { id }, visit.deadline).await.map_err(Cause::from)?;
    let client = found.ok_or(ClientsError::NoSuchClient)?;
    let unreadable = |_| Cause::Defect(format!("service_clients: row {id} has permissions that cannot be read"));
    let permissions = Permissions::parse(&client.permissions).map_err(unreadable)?;
    Ok(may_hand_on(by, &permissions)?)
}
