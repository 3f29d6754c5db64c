//! The last step of every sign-in and refresh: from a permit to tokens.

use secrecy::SecretString;
use uuid::Uuid;

use super::cause::Cause;
use super::{Context, Visit};
use crate::actors::issuer::{MintForSession, SessionFacts};
use crate::domain::account::Account;
use crate::domain::clock::Timestamp;
use crate::domain::refresh_token::RefreshToken;
use crate::domain::standing::{Permit, Standing};

/// What a client gets.
#[derive(Debug)]
pub struct IssuedTokens {
    pub access_token: SecretString,
    pub access_expires_at: Timestamp,
    pub refresh_token: SecretString,
    pub refresh_expires_at: Timestamp,
    pub device_token: SecretString,
    pub session_id: Uuid,
    pub account: Account,
    /// The roles that the access token claims.
    pub roles: Vec<String>,
}

/// A session that is to get tokens.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    pub standing: Standing,
    pub account: Account,
    pub session: SessionFacts,
    pub refresh_expires_at: Timestamp,
}

pub(super) async fn issue(
    context: &Context,
    visit: &Visit,
    permit: Permit,
    refresh: RefreshToken,
    bearer: Bearer,
) -> Result<IssuedTokens, Cause> {
    let grants = super::grants::grants_of(context, &bearer.standing, visit).await?;
    let roles = grants.roles.clone();
    let session_id = bearer.session.session_id;
    let mint = MintForSession { permit, session: bearer.session, grants, refresh };
    let minted = context.house.issuer.mint_for_session(mint, visit.deadline).await?;
    Ok(IssuedTokens {
        access_token: minted.access_token,
        access_expires_at: minted.access_expires_at,
        refresh_token: minted.refresh_token,
        refresh_expires_at: bearer.refresh_expires_at,
        device_token: minted.device_token,
        session_id,
        account: bearer.account,
        roles,
    })
}
