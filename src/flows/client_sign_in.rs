//! Programs: showing a client's secret, and getting a token for it (RFC 6749 §4.4).

use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cause::Cause;
use super::trail::note;
use super::{Context, Visit};
use crate::actors::issuer::MintForClient;
use crate::domain::audit_event::{Action, Actor};
use crate::domain::client_secret::{ClientId, ClientSecret};
use crate::domain::clock::Timestamp;
use crate::domain::permission::Permissions;
use crate::domain::standing::{Permit, may_issue_to_client};
use crate::store::audited::audited;
use crate::store::service_clients::{ClientRow, FindClient, NoteClientUse};

/// What a program shows of itself. `None`: what was given cannot be an id or a secret of ours.
#[derive(Debug)]
pub struct Credentials {
    pub id: Option<ClientId>,
    pub secret: Option<ClientSecret>,
}

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// One answer for an unknown client, a wrong secret and a disabled one.
    #[error("invalid client")]
    InvalidClient,
    #[error("the client has not got the scope that it asks for")]
    InvalidScope,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// A client that has shown its secret.
#[derive(Debug)]
pub struct KnownClient {
    pub id: ClientId,
    permit: Permit,
    row: Arc<ClientRow>,
}

impl KnownClient {
    fn permissions(&self) -> Result<Permissions, Cause> {
        let unreadable =
            |_| Cause::Defect(format!("service_clients: row {} has permissions that cannot be read", self.id));
        Permissions::parse(&self.row.permissions).map_err(unreadable)
    }
}

/// A client that may ask about tokens.
#[derive(Debug)]
pub struct Recognised(());

impl KnownClient {
    /// `proof`: the SHA-256 of all that the client showed.
    pub fn remembered(&self, context: &Context, proof: Option<[u8; 32]>) -> Recognised {
        if let Some(proof) = proof {
            context.house.known_clients.note_shown(proof, &self.row);
        }
        Recognised(())
    }
}

/// A client that showed the very same less than a second ago: reading it and judging it again would have the same end.
pub fn recognise_again(context: &Context, proof: &[u8; 32]) -> Option<Recognised> {
    context.house.known_clients.has_shown(proof).then_some(Recognised(()))
}

#[derive(Debug)]
pub struct ClientTokens {
    pub access_token: SecretString,
    pub access_expires_at: Timestamp,
    pub scope: Permissions,
}

/// How exact `last_used_at` is.
const NOTE_USE_EVERY: Duration = Duration::from_mins(1);

/// The secret is 256 random bits, so one SHA-256 is all the hashing that it needs.
///
/// # Errors
/// [`ClientError::InvalidClient`] and causes.
pub async fn recognise_client(
    context: &Context,
    visit: &Visit,
    shown: &Credentials,
) -> Result<KnownClient, ClientError> {
    let (Some(id), Some(secret)) = (shown.id, &shown.secret) else {
        return Err(ClientError::InvalidClient);
    };
    let known = &context.house.known_clients;
    let row = if let Some(row) = known.get(id.uuid()) {
        row
    } else {
        let asked_at = Instant::now();
        // Boxed: once a second; what waits for an answer from memory need not be large enough for it.
        let found = Box::pin(context.house.database.run(FindClient { id: id.uuid() }, visit.deadline));
        known.put(found.await.map_err(Cause::from)?.ok_or(ClientError::InvalidClient)?, asked_at)
    };
    if !secret.matches(&row.secret_hash) {
        return Err(ClientError::InvalidClient);
    }
    let permit = may_issue_to_client(row.id, row.active).map_err(|_barred| ClientError::InvalidClient)?;
    Ok(KnownClient { id, permit, row })
}

/// `client_credentials`: a token with the client's own permissions, or those of them that it asks for.
///
/// # Errors
/// [`ClientError`].
pub async fn sign_client_in(
    context: &Context,
    visit: &Visit,
    shown: &Credentials,
    scope: Option<Permissions>,
) -> Result<ClientTokens, ClientError> {
    let client = match recognise_client(context, visit, shown).await {
        Err(ClientError::InvalidClient) => {
            note_failure(context, visit, shown).await?;
            return Err(ClientError::InvalidClient);
        }
        client => client?,
    };
    let permissions = client.permissions()?;
    let scope = match scope {
        Some(asked) if !permissions.allow_all(&asked) => return Err(ClientError::InvalidScope),
        Some(asked) if !asked.is_empty() => asked,
        Some(_) | None => permissions,
    };
    let used = NoteClientUse { id: client.id.uuid(), pace: NOTE_USE_EVERY };
    let event = visit.event(Action::ClientSignedIn, Actor::client(client.id.uuid())).about(client.id.uuid());
    let used = audited(used, move |_| Some(event.clone()));
    context.house.database.run(used, visit.deadline).await.map_err(Cause::from)?;
    let mint = MintForClient { permit: client.permit, permissions: scope.clone() };
    let minted = context.house.issuer.mint_for_client(mint, visit.deadline).await.map_err(Cause::from)?;
    tracing::info!(event = "client_sign_in", client_id = %client.id);
    Ok(ClientTokens { access_token: minted.access_token, access_expires_at: minted.access_expires_at, scope })
}

/// Nothing throttles those who show a secret of 256 bits, since nobody guesses one: so of each client (and of all that
/// are none) one failure a minute is worth an event on this node, and the rest would only fill the table.
async fn note_failure(context: &Context, visit: &Visit, shown: &Credentials) -> Result<(), Cause> {
    let known = match shown.id {
        Some(id) => context.house.database.run(FindClient { id: id.uuid() }, visit.deadline).await?,
        None => None,
    };
    let about = known.as_ref().map(|row| row.id);
    let key = Sha256::digest(about.unwrap_or(Uuid::nil()).as_bytes()).into();
    if !context.house.refusal_log.is_worth_a_line(key) {
        return Ok(());
    }
    let cause = match known {
        None => "unknown",
        Some(row) if !row.active => "disabled",
        Some(_) => "wrong_secret",
    };
    note(context, visit, visit.event(Action::ClientSignInFailed, Actor::NOBODY).about(about).refused(cause)).await
}
