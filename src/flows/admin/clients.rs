//! Service clients. Whoever makes one, or has its secret made anew, has what it may do in hand, and so holds it already.

use uuid::Uuid;

use super::above::{AboveError, may_hand_on};
use crate::domain::access_token::AccessClaims;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::client_name::ClientName;
use crate::domain::client_secret::ClientSecret;
use crate::domain::page::{Page, PageRequest};
use crate::domain::permission::Permissions;
use crate::domain::service_client::ServiceClient;
use crate::flows::cause::Cause;
use crate::flows::create_client::{CreateClientError, create_client_told};
use crate::flows::{Context, Visit};
use crate::store::audited::audited;
use crate::store::service_clients::{DeleteClient, FindClient, ListClients, RotateClientSecret};

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

/// The client, and its secret, which is told this once.
///
/// # Errors
/// [`ClientsError`].
pub async fn make_client(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    name: &ClientName,
    permissions: Permissions,
) -> Result<(ServiceClient, ClientSecret), ClientsError> {
    may_hand_on(claims, &permissions)?;
    let event = visit.event(Action::ClientCreated, Actor::bearer(claims));
    let (name, created_at) = (name.as_str().to_owned(), context.house.clock.now());
    let (id, secret) =
        create_client_told(&context.house.database, name.clone(), &permissions, event, visit.deadline).await?;
    let id = id.uuid();
    tracing::info!(event = "client_created", client_id = %id, by = %claims.sub);
    Ok((ServiceClient { id, name, permissions, active: true, created_at, last_used_at: None }, secret))
}

impl From<CreateClientError> for ClientsError {
    fn from(error: CreateClientError) -> Self {
        match error {
            CreateClientError::NameTaken => Self::NameTaken,
            CreateClientError::Cause(cause) => Self::Cause(cause),
        }
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
    claims: &AccessClaims,
    id: Uuid,
) -> Result<ClientSecret, ClientsError> {
    may_act_on_client(context, visit, claims, id).await?;
    let secret = ClientSecret::random();
    let rotate = RotateClientSecret { id, secret_hash: secret.hash() };
    let event = visit.event(Action::ClientSecretRotated, Actor::bearer(claims)).about(id);
    let rotate = audited(rotate, move |rows| (*rows > 0).then(|| event.clone()));
    if context.house.database.run(rotate, visit.deadline).await.map_err(Cause::from)? == 0 {
        return Err(ClientsError::NoSuchClient);
    }
    context.house.known_clients.forget(id);
    tracing::info!(event = "client_secret_rotated", client_id = %id, by = %claims.sub);
    Ok(secret)
}

/// Its secret and its tokens are worth nothing any more, here at once and elsewhere within a second.
///
/// # Errors
/// [`ClientsError`].
pub async fn delete_client(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    id: Uuid,
) -> Result<(), ClientsError> {
    may_act_on_client(context, visit, claims, id).await?;
    let delete = DeleteClient { id, access_ttl: context.rules.access_ttl };
    let event = visit.event(Action::ClientDeleted, Actor::bearer(claims)).about(id);
    let delete = audited(delete, move |done| done.is_some().then(|| event.clone()));
    let deleted = context.house.database.run(delete, visit.deadline).await.map_err(Cause::from)?;
    let revocation = deleted.ok_or(ClientsError::NoSuchClient)?;
    context.house.known_clients.forget(id);
    context.house.revocations.learn(&revocation);
    tracing::info!(event = "client_deleted", client_id = %id, by = %claims.sub);
    Ok(())
}

/// What a client may do never changes, so what is read here stays true.
async fn may_act_on_client(
    context: &Context,
    visit: &Visit,
    claims: &AccessClaims,
    id: Uuid,
) -> Result<(), ClientsError> {
    let found = context.house.database.run(FindClient { id }, visit.deadline).await.map_err(Cause::from)?;
    let client = found.ok_or(ClientsError::NoSuchClient)?;
    let unreadable = |_| Cause::Defect(format!("service_clients: row {id} has permissions that cannot be read"));
    let permissions = Permissions::parse(&client.permissions).map_err(unreadable)?;
    Ok(may_hand_on(claims, &permissions)?)
}
