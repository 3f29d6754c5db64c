//! Signing in with a password.

use uuid::Uuid;

use super::cause::Cause;
use super::issue::{Bearer, IssuedTokens, issue};
use super::{Context, Visit};
use crate::actors::hasher::{HashError, Verdict};
use crate::actors::issuer::SessionFacts;
use crate::domain::password::GivenPassword;
use crate::domain::refresh_token::RefreshToken;
use crate::domain::session::{AMR_PASSWORD, NewSession};
use crate::domain::standing::{Barred, How, may_issue_tokens};
use crate::domain::username::Identifier;
use crate::store::sessions::{OpenSession, Opened};
use crate::store::users::FindCredentials;

#[derive(Debug)]
pub struct SignIn {
    /// `None`: what was given can be nobody's name. It costs the same as an unknown account.
    pub identifier: Option<Identifier>,
    pub password: GivenPassword,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// One answer for an unknown account, a wrong password, a locked and a disabled account.
    #[error("invalid credentials")]
    InvalidCredentials,
    #[error("a second factor is owed")]
    SecondFactorOwed,
    #[error("the password must be changed first")]
    PasswordChangeOwed,
    #[error(transparent)]
    Cause(#[from] Cause),
}

/// Checks the password, then the gate, then begins a session.
///
/// # Errors
/// [`SignInError`]. Whatever the account is like, the password is hashed once, so that time tells nothing of it.
pub async fn sign_in(context: &Context, visit: &Visit, input: SignIn) -> Result<IssuedTokens, SignInError> {
    let found = match input.identifier {
        Some(identifier) => {
            context.house.database.run(FindCredentials(identifier), visit.deadline).await.map_err(Cause::from)?
        }
        None => None,
    };
    let stored = found.as_ref().and_then(|row| row.hashed_password.as_deref());
    let verdict = verify(context, visit, input.password, stored).await?;
    let (Some(row), Verdict::Right { .. }) = (found, verdict) else {
        tracing::info!(event = "sign_in", outcome = "invalid_credentials");
        return Err(SignInError::InvalidCredentials);
    };
    let standing = row.user.standing();
    let permit = may_issue_tokens(&standing, How::Password).map_err(|barred| {
        tracing::info!(event = "sign_in", outcome = %barred, user_id = %standing.user_id);
        refusal(barred)
    })?;
    let new = new_session(context, visit, standing.user_id, standing.auth_epoch)?;
    let bearer = Bearer {
        standing,
        account: row.user.account(),
        session: SessionFacts { session_id: new.id, auth_time: new.auth_time, amr: new.amr.to_owned() },
        refresh_expires_at: new.idle_expires_at,
    };
    let refresh = RefreshToken { mac_key_id: new.mac_key_id, family: new.family_id, generation: 0 };
    match context.house.database.run(OpenSession(new), visit.deadline).await.map_err(Cause::from)? {
        Opened::Yes => {}
        // Locked, disabled, or signed out everywhere while the password was being hashed.
        Opened::Refused => return Err(SignInError::InvalidCredentials),
    }
    tracing::info!(event = "sign_in", outcome = "success", user_id = %standing.user_id);
    Ok(issue(context, visit, permit, refresh, bearer).await?)
}

/// A hash that this installation cannot compute, or will not pay for, lets nobody in, after as long as any other.
async fn verify(
    context: &Context,
    visit: &Visit,
    password: GivenPassword,
    stored: Option<&str>,
) -> Result<Verdict, Cause> {
    let hasher = &context.house.hasher;
    match hasher.verify(password.secret().clone(), stored, visit.deadline).await {
        Err(cause @ (HashError::Unsupported | HashError::TooExpensive)) => {
            tracing::warn!(%cause, "a stored password cannot be verified");
            Ok(hasher.verify(password.into_secret(), None, visit.deadline).await?)
        }
        verdict => Ok(verdict?),
    }
}

fn refusal(barred: Barred) -> SignInError {
    match barred {
        Barred::Locked | Barred::Disabled | Barred::ClientDisabled => SignInError::InvalidCredentials,
        Barred::SecondFactorOwed => SignInError::SecondFactorOwed,
        Barred::PasswordChangeOwed => SignInError::PasswordChangeOwed,
    }
}

fn new_session(context: &Context, visit: &Visit, user_id: Uuid, auth_epoch: i64) -> Result<NewSession, Cause> {
    let now = context.house.clock.now();
    let expires_at = now.plus(context.rules.session_max_age);
    Ok(NewSession {
        id: Uuid::now_v7(),
        family_id: Uuid::now_v7(),
        user_id,
        auth_epoch,
        mac_key_id: context.house.issuer.newest_mac_key()?,
        auth_time: now,
        expires_at,
        idle_expires_at: expires_at.min(now.plus(context.rules.refresh_ttl)),
        amr: AMR_PASSWORD,
        ip: visit.ip.clone(),
        user_agent: visit.user_agent.clone(),
    })
}
