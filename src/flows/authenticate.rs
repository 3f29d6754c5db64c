//! Who brings this access token? No actor hop and no database call, as long as memory is up to date.

use std::sync::Arc;

use super::cause::Cause;
use super::{Context, Visit};
use crate::actors::issuer::VerifiedToken;
use crate::actors::revocations::{Known, Standing};
use crate::domain::access_token::AccessClaims;
use crate::store::revocations::FindGlobalRevocations;
use crate::store::service_clients::FindClient;
use crate::store::sessions::FindSessionState;

#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// Not a token of ours, or an expired one.
    #[error("the access token is not valid")]
    Invalid,
    #[error("the session has ended")]
    SessionEnded,
    /// The holder's roles have changed since; a refresh brings a token that says so.
    #[error("the access token is older than its holder's roles")]
    Stale(Arc<AccessClaims>),
    /// A service client asks for what only a person has.
    #[error("the token belongs to a service client")]
    NotAPerson,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// The claims of a token that is genuine, current, and not revoked on any node a second ago.
///
/// # Errors
/// [`AuthenticateError`]. When neither memory nor the database can tell, nobody gets in.
pub async fn authenticate(
    context: &Context,
    visit: &Visit,
    access_token: &str,
) -> Result<Arc<AccessClaims>, AuthenticateError> {
    authenticated(context, visit, access_token).await.map(|token| Arc::clone(&token.claims))
}

/// The same with what is remembered of the token beside its claims.
///
/// # Errors
/// As [`authenticate`].
pub async fn authenticated(
    context: &Context,
    visit: &Visit,
    access_token: &str,
) -> Result<Arc<VerifiedToken>, AuthenticateError> {
    let token = context.house.issuer.verify_access_token(access_token).ok_or(AuthenticateError::Invalid)?;
    let standing = match context.house.revocations.standing(&token.claims) {
        Known::Yes(standing) => standing,
        // Boxed: it is rare, and what waits for an answer from memory need not be large enough for it.
        Known::OutOfDate => Box::pin(ask_database(context, visit, &token.claims)).await?,
    };
    match standing {
        Standing::Live => Ok(token),
        Standing::Ended => Err(AuthenticateError::SessionEnded),
        Standing::Stale => Err(AuthenticateError::Stale(Arc::clone(&token.claims))),
    }
}

/// The same question to the tables themselves.
async fn ask_database(context: &Context, visit: &Visit, claims: &AccessClaims) -> Result<Standing, Cause> {
    let database = &context.house.database;
    let global = database.run(FindGlobalRevocations, visit.deadline).await?;
    if global.ends(claims.iat) {
        return Ok(Standing::Ended);
    }
    let Some(session_id) = claims.sid else {
        let client = database.run(FindClient { id: claims.sub }, visit.deadline).await?;
        let lives = client.is_some_and(|client| client.active);
        return Ok(if lives { Standing::Live } else { Standing::Ended });
    };
    let Some(state) = database.run(FindSessionState { session_id }, visit.deadline).await? else {
        return Ok(Standing::Ended);
    };
    let lives = state.revoked_at.is_none()
        && state.expires_at > context.house.clock.now()
        && state.session_epoch == state.user_epoch
        && state.active
        && state.locked_at.is_none();
    Ok(if !lives {
        Standing::Ended
    } else if claims.ver < state.claims_version || global.makes_stale(claims.iat) {
        Standing::Stale
    } else {
        Standing::Live
    })
}
