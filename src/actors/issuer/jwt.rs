//! Access tokens as JWS in compact form (RFC 7515, RFC 9068), of one key each.
//!
//! The key decides the algorithm; what the header says must agree and decides nothing (RFC 8725 §3.1). Until when the
//! claims are believed is not asked here: `jsonwebtoken` would ask a clock of its own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use zeroize::Zeroizing;

use super::algorithm::{self, Algorithm, KeyError};
use crate::domain::access_token::{AccessClaims, TYP};

/// Bytes of a token that is looked at. An HTTP server hardly takes longer header lines, and ours are under two thousand.
pub const TOKEN_BYTES_MAX: usize = 16 * 1_024;

/// A key that signs.
pub struct SigningKey {
    algorithm: Algorithm,
    header: Header,
    kid: String,
    key: EncodingKey,
}

impl SigningKey {
    /// # Errors
    /// [`KeyError::PrivateKey`] for what is no PKCS#8 key of this algorithm, [`KeyError::KeyId`] where the private key
    /// belongs to another id: tokens made with it would be refused everywhere.
    pub fn from_parts(algorithm: Algorithm, kid: &str, private_pkcs8: &[u8]) -> Result<Self, KeyError> {
        if algorithm::kid_of(algorithm, private_pkcs8)? != kid {
            return Err(KeyError::KeyId);
        }
        let encoded = Zeroizing::new(STANDARD.encode(private_pkcs8));
        let pem = Zeroizing::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", *encoded));
        let key = match algorithm {
            Algorithm::EdDsa => EncodingKey::from_ed_pem(pem.as_bytes()),
            Algorithm::Es256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::Rs256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
        };
        let mut header = Header::new(word(algorithm));
        header.typ = Some(TYP.to_owned());
        header.kid = Some(kid.to_owned());
        Ok(Self { algorithm, header, kid: kid.to_owned(), key: key.map_err(|_| KeyError::PrivateKey)? })
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// # Errors
    /// [`KeyError::Signing`].
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, KeyError> {
        jsonwebtoken::encode(&self.header, claims, &self.key).map_err(|_| KeyError::Signing)
    }
}

/// A key that verifies.
pub struct VerifyingKey {
    key: DecodingKey,
    validation: Validation,
}

impl VerifyingKey {
    /// From a JWK as [`algorithm::generate`] publishes it.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`].
    pub fn from_jwk(jwk: &str) -> Result<Self, KeyError> {
        let algorithm = algorithm::algorithm_of(jwk)?;
        let jwk: Jwk = serde_json::from_str(jwk).map_err(|_| KeyError::PublicKey)?;
        let mut validation = Validation::new(word(algorithm));
        // Everything but the signature is judged by our own clock and our own settings, and typed by `AccessClaims`.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Ok(Self { key: DecodingKey::from_jwk(&jwk).map_err(|_| KeyError::PublicKey)?, validation })
    }

    /// The claims, where this key made the token, with its own algorithm, as an access token.
    pub fn verify(&self, token: &str) -> Option<AccessClaims> {
        let verified = jsonwebtoken::decode::<AccessClaims>(token, &self.key, &self.validation).ok()?;
        let header = verified.header;
        // A header that asks for more than is understood here is refused (RFC 7515 §4.1.11), as is any other type.
        let is_ours = header.typ.as_deref() == Some(TYP) && header.crit.is_none();
        is_ours.then_some(verified.claims)
    }
}

/// The id of the key that has to verify a token. Whoever sent it may have chosen it, so it is only to be looked up.
pub fn key_id(token: &str) -> Option<String> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    jsonwebtoken::decode_header(token).ok()?.kid
}

const fn word(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
    }
}
