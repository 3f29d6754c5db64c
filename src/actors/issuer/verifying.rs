//! Verifying access tokens, most of them from memory.

use std::fmt;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::cache::RecentlyUsed;
use super::jwt;
use super::ring::KeyRing;
use crate::domain::access_token::AccessClaims;
use crate::domain::clock::Clock;

/// Verified tokens that are remembered, and a signature of 40 µs saved for each of the 50,000 latest that come again. At
/// some 600 bytes each no more than 30 MiB, and as much again where all of them are introspected.
const REMEMBERED: usize = 50_000;

/// A token that was verified, under the SHA-256 of its text: the memory holds no token that could be replayed.
pub struct VerifiedToken {
    kid: String,
    pub claims: Arc<AccessClaims>,
    /// What a resource server is told of it while it is good, which is the same each time: made once.
    described: OnceLock<Box<str>>,
}

impl VerifiedToken {
    /// What `describe` made of the claims, now or the first time.
    ///
    /// # Errors
    /// Those of `describe`; then nothing is kept.
    pub fn described<E>(&self, describe: impl FnOnce(&AccessClaims) -> Result<String, E>) -> Result<&str, E> {
        if let Some(described) = self.described.get() {
            return Ok(described);
        }
        let made = describe(&self.claims)?.into_boxed_str();
        Ok(self.described.get_or_init(|| made))
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.claims.fmt(out)
    }
}

pub(super) struct Verifier {
    issuer: String,
    audience: String,
    clock: Clock,
    verified: RecentlyUsed<[u8; 32], Arc<VerifiedToken>>,
}

impl Verifier {
    pub(super) fn new(issuer: String, audience: String, clock: Clock) -> Self {
        Self { issuer, audience, clock, verified: RecentlyUsed::of(REMEMBERED) }
    }

    pub(super) fn verify(&self, token: &str, ring: &KeyRing) -> Option<Arc<VerifiedToken>> {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let verified = match self.verified.get(&digest) {
            // The key may have been taken out of the ring since.
            Some(verified) if ring.verifying_key(&verified.kid).is_some() => verified,
            Some(_) | None => {
                let verified = Arc::new(self.verify_signature(token, ring)?);
                self.verified.put(digest, Arc::clone(&verified));
                verified
            }
        };
        verified.claims.is_current(self.clock.now()).then_some(verified)
    }

    fn verify_signature(&self, token: &str, ring: &KeyRing) -> Option<VerifiedToken> {
        let kid = jwt::key_id(token)?;
        let claims = ring.verifying_key(&kid)?.verify(token)?;
        let is_ours = claims.iss == self.issuer && claims.aud == self.audience && claims.is_consistent();
        is_ours.then(|| VerifiedToken { kid, claims: Arc::new(claims), described: OnceLock::new() })
    }
}
