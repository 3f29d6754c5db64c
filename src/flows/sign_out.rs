//! Signing out: of this session, of all the others, or of every one.

use super::authenticate::{AuthenticateError, authenticate};
use super::cause::Cause;
use super::{Context, Visit};
use crate::domain::session::EndReason;
use crate::store::sessions::{EndSession, EndUserSessions};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    This,
    Others,
    All,
}

/// Ends what `scope` names. Signing out of a session that has ended already is a success, too.
///
/// # Errors
/// [`AuthenticateError`]: the token must be one of ours, and a session that has ended ends no others.
pub async fn sign_out(
    context: &Context,
    visit: &Visit,
    access_token: &str,
    scope: Scope,
) -> Result<(), AuthenticateError> {
    let claims = match authenticate(context, visit, access_token).await {
        // What a stale token claims of roles is old; that it is its owner's session is still true.
        Ok(claims) | Err(AuthenticateError::Stale(claims)) => claims,
        Err(AuthenticateError::SessionEnded) if scope == Scope::This => return Ok(()),
        Err(error) => return Err(error),
    };
    let (user_id, access_ttl, reason) = (claims.sub, context.rules.access_ttl, EndReason::SignedOut);
    let Some(session_id) = claims.sid else {
        return Err(AuthenticateError::NotAPerson);
    };
    let database = &context.house.database;
    let written = match scope {
        Scope::This => {
            database.run(EndSession { session_id, user_id, reason, access_ttl }, visit.deadline).await.map(Some)
        }
        Scope::Others => {
            database
                .run(EndUserSessions { user_id, except: Some(session_id), reason, access_ttl }, visit.deadline)
                .await
        }
        Scope::All => database.run(EndUserSessions { user_id, except: None, reason, access_ttl }, visit.deadline).await,
    };
    if let Some(revocation) = written.map_err(Cause::from)? {
        context.house.revocations.learn(&revocation);
    }
    tracing::info!(event = "sign_out", ?scope, %user_id, %session_id);
    Ok(())
}
