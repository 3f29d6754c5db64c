//! From a permit to tokens.

use std::collections::BTreeSet;

use secrecy::SecretString;
use uuid::Uuid;

use super::messages::{MintForClient, MintForSession, Minted, MintedForSession};
use super::ring::KeyRing;
use super::{IssuerError, IssuerSettings};
use crate::domain::access_token::{AccessClaims, FIRST_PARTY};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::device_token::DeviceToken;
use crate::domain::permission::Permissions;
use crate::domain::standing::Subject;

pub(super) struct Mint {
    settings: IssuerSettings,
    clock: Clock,
}

impl Mint {
    pub(super) fn new(settings: IssuerSettings, clock: Clock) -> Self {
        Self { settings, clock }
    }

    pub(super) fn for_session(&self, asked: &MintForSession, ring: &KeyRing) -> Result<MintedForSession, IssuerError> {
        let Subject::User { id, auth_epoch, claims_version } = asked.permit.subject() else {
            // A program has no session.
            return Err(IssuerError::NoMacKey);
        };
        let mac_key = ring.mac_key(asked.refresh.mac_key_id).ok_or(IssuerError::NoMacKey)?;
        let claims = AccessClaims {
            sid: Some(asked.session.session_id),
            epoch: auth_epoch,
            ver: claims_version,
            roles: asked.grants.roles.clone(),
            amr: asked.session.amr.split_ascii_whitespace().map(str::to_owned).collect(),
            auth_time: asked.session.auth_time.unix_seconds(),
            ..self.claims(id, FIRST_PARTY.to_owned(), &asked.grants.permissions)
        };
        let (access_token, access_expires_at) = self.sign(&claims, ring)?;
        let device = DeviceToken { mac_key_id: asked.refresh.mac_key_id, user: id, epoch: auth_epoch };
        Ok(MintedForSession {
            access_token,
            access_expires_at,
            refresh_token: asked.refresh.mint(mac_key),
            device_token: device.mint(mac_key),
        })
    }

    pub(super) fn for_client(&self, asked: &MintForClient, ring: &KeyRing) -> Result<Minted, IssuerError> {
        let (Subject::Client { id } | Subject::User { id, .. }) = asked.permit.subject();
        let claims = self.claims(id, id.to_string(), &asked.permissions);
        let (access_token, access_expires_at) = self.sign(&claims, ring)?;
        Ok(Minted { access_token, access_expires_at })
    }

    /// What every access token says, for a subject without a session.
    fn claims(&self, sub: Uuid, client_id: String, permissions: &Permissions) -> AccessClaims {
        let now = self.clock.now();
        let permissions: BTreeSet<String> = permissions.iter().map(ToString::to_string).collect();
        AccessClaims {
            iss: self.settings.issuer.clone(),
            sub,
            aud: self.settings.audience.clone(),
            exp: now.plus(self.settings.access_ttl).unix_seconds(),
            iat: now.unix_seconds(),
            nbf: now.unix_seconds(),
            jti: Uuid::now_v7(),
            sid: None,
            epoch: 0,
            ver: 0,
            roles: Vec::new(),
            permissions: permissions.into_iter().collect(),
            amr: Vec::new(),
            auth_time: now.unix_seconds(),
            client_id,
        }
    }

    fn sign(&self, claims: &AccessClaims, ring: &KeyRing) -> Result<(SecretString, Timestamp), IssuerError> {
        let key = ring.signing_key(self.settings.algorithm, self.clock.now()).ok_or(IssuerError::NoSigningKey)?;
        let token = key.sign(claims)?;
        Ok((token.into(), Timestamp::from_micros(claims.exp.saturating_mul(1_000_000))))
    }
}
