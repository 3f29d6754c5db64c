//! What the issuer can be asked for.

use std::sync::Arc;

use secrecy::SecretString;
use uuid::Uuid;

use super::IssuerError;
use crate::actors::door::Request;
use crate::domain::audit_event::NewEvent;
use crate::domain::clock::Timestamp;
use crate::domain::permission::Permissions;
use crate::domain::refresh_token::RefreshToken;
use crate::domain::role::Grants;
use crate::domain::standing::Permit;

/// What an access token says of its session.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    pub session_id: Uuid,
    pub auth_time: Timestamp,
    /// RFC 8176, separated by spaces.
    pub amr: String,
}

/// Tokens for a session: an access token, the refresh token of this generation, and a device token.
pub struct MintForSession {
    pub permit: Permit,
    pub session: SessionFacts,
    pub grants: Arc<Grants>,
    pub refresh: RefreshToken,
}

#[derive(Debug)]
pub struct MintedForSession {
    pub access_token: SecretString,
    pub access_expires_at: Timestamp,
    pub refresh_token: SecretString,
    pub device_token: SecretString,
}

impl Request for MintForSession {
    type Reply = Result<MintedForSession, IssuerError>;
}

/// An access token for a service client.
pub struct MintForClient {
    pub permit: Permit,
    pub permissions: Permissions,
}

#[derive(Debug)]
pub struct Minted {
    pub access_token: SecretString,
    pub access_expires_at: Timestamp,
}

impl Request for MintForClient {
    type Reply = Result<Minted, IssuerError>;
}

/// Read the keys anew: another node may have made some.
pub struct ReadKeys;

impl Request for ReadKeys {
    type Reply = Result<(), IssuerError>;
}

/// Make the next signing key.
pub struct RotateKeys(pub Rotating);

/// Whose deed it is, for the audit trail.
#[derive(Clone, Debug)]
pub struct Rotating {
    pub made: NewEvent,
    /// Of the keys that are to go.
    pub retired: NewEvent,
    pub when: When,
}

/// When the next key takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once everybody knows it; the others go when the last token that they signed has expired.
    Unnoticed,
    /// Now, and the others go now, with every token that they signed: one of them may be in the wrong hands.
    AtOnce,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    pub kid: String,
    /// Otherwise it was made before, and has not signed yet.
    pub is_new: bool,
}

impl Request for RotateKeys {
    type Reply = Result<Rotated, IssuerError>;
}
