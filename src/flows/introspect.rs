//! Is this token good? (RFC 7662)

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::authenticate::{AuthenticateError, authenticate};
use super::cause::Cause;
use super::client_sign_in::{ClientError, Credentials, recognise_client};
use super::{Context, Visit};
use crate::domain::access_token::AccessClaims;
use crate::domain::clock::Timestamp;
use crate::domain::refresh_token::{Verdict, judge};
use crate::domain::standing::{How, may_issue_tokens};
use crate::store::refresh_tokens::FindFamily;

/// What may be said of a token. Nothing of why it is not good.
#[derive(Debug)]
pub enum Introspection {
    Inactive,
    Access(Arc<AccessClaims>),
    Refresh { user_id: Uuid, session_id: Uuid, expires_at: Timestamp },
}

/// Any client that shows its secret may ask. An access token is answered from memory alone.
///
/// # Errors
/// [`ClientError`].
pub async fn introspect(
    context: &Context,
    visit: &Visit,
    shown: &Credentials,
    token: &SecretString,
) -> Result<Introspection, ClientError> {
    recognise_client(context, visit, shown).await?;
    match authenticate(context, visit, token.expose_secret()).await {
        Ok(claims) => return Ok(Introspection::Access(claims)),
        Err(AuthenticateError::SessionEnded | AuthenticateError::Stale(_)) => return Ok(Introspection::Inactive),
        Err(AuthenticateError::Invalid | AuthenticateError::NotAPerson) => {}
        Err(AuthenticateError::Cause(cause)) => return Err(cause.into()),
    }
    Ok(introspect_refresh_token(context, visit, token).await?)
}

async fn introspect_refresh_token(
    context: &Context,
    visit: &Visit,
    token: &SecretString,
) -> Result<Introspection, Cause> {
    let Some(token) = context.house.issuer.open_refresh_token(token.expose_secret()) else {
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
