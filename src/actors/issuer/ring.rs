//! All keys that are in use, opened, as a snapshot that is replaced and never changed.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::algorithm::Algorithm;
use super::jwt::{self, SigningKey, VerifyingKey};
use crate::domain::clock::Timestamp;
use crate::domain::mac_key::MacKey;

/// A signing key in the ring. It verifies from the moment it is there, and signs from `active_from` on.
pub struct RingKey {
    pub signing: SigningKey,
    pub verifying: VerifyingKey,
    pub public_jwk: String,
    pub active_from: Timestamp,
}

pub struct KeyRing {
    /// Oldest first.
    keys: Vec<RingKey>,
    mac_keys: HashMap<Uuid, MacKey>,
    newest_mac_key: Option<Uuid>,
    jwks: Arc<str>,
}

impl KeyRing {
    /// `keys`: oldest first, retired ones left out. `mac_keys`: oldest first.
    pub fn new(keys: Vec<RingKey>, mac_keys: Vec<(Uuid, MacKey)>) -> Self {
        let published: Vec<&str> = keys.iter().map(|key| key.public_jwk.as_str()).collect();
        let jwks = format!("{{\"keys\":[{}]}}", published.join(",")).into();
        let newest_mac_key = mac_keys.last().map(|(id, _)| *id);
        Self { keys, mac_keys: mac_keys.into_iter().collect(), newest_mac_key, jwks }
    }

    /// The newest active key of the algorithm that is configured. After a change of algorithm the other signs on until
    /// the new key has been published long enough.
    pub fn signing_key(&self, algorithm: Algorithm, now: Timestamp) -> Option<&SigningKey> {
        let mut active =
            self.keys.iter().rev().map(|key| (key, &key.signing)).filter(|(key, _)| key.active_from <= now);
        let newest = active.clone().next();
        active.find(|(_, signing)| signing.algorithm() == algorithm).or(newest).map(|(_, signing)| signing)
    }

    pub fn verifying_key(&self, kid: &str) -> Option<&VerifyingKey> {
        self.key(kid).map(|key| &key.verifying)
    }

    /// There are two or three of them: looking at each is quicker than hashing the id. The newest is asked for most.
    fn key(&self, kid: &str) -> Option<&RingKey> {
        self.keys.iter().rev().find(|key| key.signing.kid() == kid)
    }

    /// Whether a token names a key that is not here, so that another node may have made it a moment ago.
    pub fn lacks_key_of(&self, token: &str) -> bool {
        jwt::key_id(token).is_some_and(|kid| self.key(&kid).is_none())
    }

    pub fn mac_key(&self, id: Uuid) -> Option<&MacKey> {
        self.mac_keys.get(&id)
    }

    pub fn newest_mac_key(&self) -> Option<Uuid> {
        self.newest_mac_key
    }

    pub fn jwks(&self) -> Arc<str> {
        Arc::clone(&self.jwks)
    }
}

#[cfg(test)]
mod tests {
    use super::super::algorithm::generate;
    use super::*;

    fn key(algorithm: Algorithm, active_from: i64) -> (RingKey, String) {
        let made = generate(algorithm).unwrap();
        let signing = SigningKey::from_parts(algorithm, &made.kid, &made.private_pkcs8).unwrap();
        let verifying = VerifyingKey::from_jwk(&made.public_jwk).unwrap();
        let active_from = Timestamp::from_micros(active_from);
        (RingKey { signing, verifying, public_jwk: made.public_jwk, active_from }, made.kid)
    }

    #[test]
    fn the_newest_active_key_of_the_algorithm_signs_and_every_key_is_published() {
        let ((old, old_kid), (new, new_kid), (next, next_kid)) =
            (key(Algorithm::EdDsa, 0), key(Algorithm::EdDsa, 10), key(Algorithm::Es256, 600));
        let ring = KeyRing::new(vec![old, new, next], Vec::new());
        let signs =
            |algorithm, now| ring.signing_key(algorithm, Timestamp::from_micros(now)).map(|key| key.kid().to_owned());
        assert_eq!(signs(Algorithm::EdDsa, 5), Some(old_kid.clone()));
        assert_eq!(signs(Algorithm::EdDsa, 700), Some(new_kid.clone()));
        assert_eq!(signs(Algorithm::Es256, 599), Some(new_kid.clone()), "published, not yet active");
        assert_eq!(signs(Algorithm::Es256, 600), Some(next_kid.clone()));
        assert_eq!(signs(Algorithm::EdDsa, -1), None);
        assert!([old_kid, new_kid, next_kid].iter().all(|kid| ring.jwks().contains(kid.as_str())));
        assert!(ring.verifying_key("another").is_none());
    }
}
