//! Is this token good? (RFC 7662)

use std::sync::Arc;

use uuid::Uuid;

use super::authenticate::{AuthenticateError, authenticated};
use super::cause::Cause;
use super::client_sign_in::Recognised;
use super::{Context, Visit};
use crate::actors::issuer::VerifiedToken;
use crate::domain::clock::Timestamp;
use crate::domain::refresh_token::{Verdict, judge};
use crate::domain::standing::{How, may_issue_tokens};
use crate::store::refresh_tokens::FindFamily;

/// What may be said of a token. Nothing of why it is not good.
#[derive(Debug)]
pub enum Introspection {
    Inactive,
    Access(Arc<VerifiedToken>),
    Refresh { user_id: Uuid, session_id: Uuid, expires_at: Timestamp },
}

/// Any client that shows its secret may ask. An access token is answered from memory alone.
///
/// # Errors
/// [`Cause`].
pub async fn introspect(
    context: &Context,
    visit: &Visit,
    _client: &Recognised,
    token: &str,
) -> Result<Introspection, Cause> {
    match authenticated(context, visit, token).await {
        Ok(token) => return Ok(Introspection::Access(token)),
        Err(AuthenticateError::SessionEnded | AuthenticateError::Stale(_)) => return Ok(Introspection::Inactive),
        Err(AuthenticateError::Invalid | AuthenticateError::NotAPerson) => {}
        Err(AuthenticateError::Cause(cause)) => return Err(cause),
    }
    Box::pin(introspect_refresh_token(context, visit, token)).await
}

async fn introspect_refresh_token(context: &Context, visit: &Visit, token: &str) -> Result<Introspection, Cause> {
    let Some(token) = context.house.issuer.open_refresh_token(token) else {
        return Ok(Introspection::Inactive);
    };
    let Some(row) = context.house.database.run(FindFamily { family_id: token.family }, visit.deadline).await? else {
        return Ok(Introspection::Inactive);
    };
    let now = context.house.clock.now();
    let verdict = judge(&row.family(), token.generation, Uuid::now_v7(), now, context.rules.refresh_grace);
    let standing = row.user.standing();
    let gate = may_issue_tokens(&standing, How::Refresh, &context.rules.demands, now);
    if !matches!(verdict, Verdict::Head | Verdict::InGrace) || gate.is_err() {
        return Ok(Introspection::Inactive);
    }
    Ok(Introspection::Refresh {
        user_id: standing.user_id,
        session_id: row.session_id,
        expires_at: row.idle_expires_at(),
    })
}
