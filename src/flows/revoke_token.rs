//! Giving a token back (RFC 7009): the session that it belongs to ends.

use super::authenticate::{AuthenticateError, authenticate};
use super::cause::Cause;
use super::client_sign_in::{ClientError, Credentials, recognise_client};
use super::trail::session_ended;
use super::{Context, Visit};
use crate::domain::audit_event::Actor;
use crate::domain::session::EndReason;
use crate::store::audited::audited;
use crate::store::refresh_tokens::FindFamily;
use crate::store::sessions::{EndSession, Ended};

#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A service client's own access token has no session that could end.
    #[error("this kind of token cannot be revoked")]
    UnsupportedTokenType,
}

impl From<Cause> for RevokeError {
    fn from(cause: Cause) -> Self {
        Self::Client(cause.into())
    }
}

/// Whoever holds a token may give it back; the client's secret only says who is asking. An unknown token is no error.
///
/// # Errors
/// [`RevokeError`].
pub async fn revoke_token(
    context: &Context,
    visit: &Visit,
    shown: &Credentials,
    token: &str,
) -> Result<(), RevokeError> {
    let client = recognise_client(context, visit, shown).await?;
    let (session_id, user_id) = if let Some(token) = context.house.issuer.open_refresh_token(token) {
        let found = context.house.database.run(FindFamily { family_id: token.family }, visit.deadline).await;
        let Some(row) = found.map_err(Cause::from)? else { return Ok(()) };
        (row.session_id, row.user.standing().user_id)
    } else {
        let claims = match authenticate(context, visit, token).await {
            Ok(claims) | Err(AuthenticateError::Stale(claims)) => claims,
            Err(AuthenticateError::Invalid | AuthenticateError::SessionEnded | AuthenticateError::NotAPerson) => {
                return Ok(());
            }
            Err(AuthenticateError::Cause(cause)) => return Err(cause.into()),
        };
        (claims.sid.ok_or(RevokeError::UnsupportedTokenType)?, claims.sub)
    };
    let end = EndSession { session_id, user_id, reason: EndReason::SignedOut, access_ttl: context.rules.access_ttl };
    let event = session_ended(visit, Actor::client(client.id.uuid()), user_id, session_id, EndReason::SignedOut);
    let end = audited(end, move |ended| ended.is_new.then(|| event.clone()));
    let Ended { revocation, .. } = context.house.database.run(end, visit.deadline).await.map_err(Cause::from)?;
    context.house.revocations.learn(&revocation);
    tracing::info!(event = "token_revoked", %user_id, %session_id);
    Ok(())
}
