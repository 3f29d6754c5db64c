//! Signing out: of this session, of all the others, or of every one.

use super::authenticate::{AuthenticateError, authenticate};
use super::cause::Cause;
use super::trail::{session_ended, sessions_ended};
use super::{Context, Visit};
use crate::domain::audit_event::Actor;
use crate::domain::revocation::Revocation;
use crate::domain::session::EndReason;
use crate::store::audited::audited;
use crate::store::sessions::{EndSession, EndUserSessions};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    This,
    Others,
    All,
}

impl Scope {
    const fn word(self) -> &'static str {
        match self {
            Self::This => "this",
            Self::Others => "others",
            Self::All => "all",
        }
    }
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
    let actor = Actor::bearer(&claims);
    let this = session_ended(visit, actor, user_id, session_id, reason);
    let several = sessions_ended(visit, actor, user_id, reason).with("scope", scope.word());
    let several = move |ended: &Option<Revocation>| ended.is_some().then(|| several.clone());
    let end_all_but = |except| EndUserSessions { user_id, except, reason, access_ttl };
    let (database, deadline) = (&context.house.database, visit.deadline);
    let written = match scope {
        Scope::This => {
            let end = EndSession { session_id, user_id, reason, access_ttl };
            let end = audited(end, move |ended| ended.is_new.then(|| this.clone()));
            database.run(end, deadline).await.map(|ended| Some(ended.revocation))
        }
        Scope::Others => database.run(audited(end_all_but(Some(session_id)), several), deadline).await,
        Scope::All => database.run(audited(end_all_but(None), several), deadline).await,
    };
    if let Some(revocation) = written.map_err(Cause::from)? {
        context.house.revocations.learn(&revocation);
    }
    tracing::info!(event = "sign_out", ?scope, %user_id, %session_id);
    Ok(())
}
