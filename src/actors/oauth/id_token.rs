//! ID tokens (OpenID Connect Core 1.0, section 3.1.3.7), checked by the crate `openidconnect`, and what it leaves open.

use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, ClientId, IdToken, IdTokenVerifier, IssuerUrl, JsonWebKey as _, Nonce,
    SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::about::About;
use super::error::OauthError;
use crate::domain::clock::Timestamp;
use crate::domain::provider::Subject;

/// The clocks of others are not ours to set.
const LEEWAY: Duration = Duration::from_secs(30);
/// What is checked with a key that is published, and that the crate can check. A MAC would make the client's secret a
/// key, `none` nothing at all.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Token = IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// Claims that the standard does not know, such as groups.
#[derive(Debug, Deserialize, Serialize)]
struct Others {
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl AdditionalClaims for Others {}

/// What a token has to say.
pub(super) struct Expected<'a> {
    pub issuer: &'a IssuerUrl,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: Timestamp,
}

/// What a token that is right says.
pub(super) struct Verified {
    pub subject: Subject,
    pub auth_time: Option<Timestamp>,
    pub about: About,
}

/// # Errors
/// [`OauthError`]; `UnknownKey` when none of `keys` has the token's key id.
pub(super) fn verify(text: &str, keys: &CoreJsonWebKeySet, expected: &Expected<'_>) -> Result<Verified, OauthError> {
    let token: Token = text.parse().map_err(|_| OauthError::Malformed)?;
    let client_id = ClientId::new(expected.client_id.to_owned());
    let (now, nonce) = (expected.now, Nonce::new(expected.nonce.to_owned()));
    // A "public client" has no secret, so a MAC cannot even be tried.
    let verifier = IdTokenVerifier::new_public_client(client_id.clone(), expected.issuer.clone(), keys.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || utc(now.minus(LEEWAY)))
        .set_issue_time_verifier_fn(move |issued| {
            if issued > utc(now.plus(LEEWAY)) { Err("issued in the future".to_owned()) } else { Ok(()) }
        });
    let claims = token.claims(&verifier, &nonce).map_err(|error| refusal(error, text, keys))?;
    // The crate leaves `azp` to its users.
    if claims.authorized_party().is_some_and(|party| *party != client_id) {
        return Err(OauthError::WrongAudience);
    }
    let subject = Subject::parse(claims.subject().as_str()).ok_or(OauthError::Malformed)?;
    let auth_time = claims.auth_time().map(|moment| Timestamp::from_micros(moment.timestamp_micros()));
    let about = About {
        sub: None,
        email: claims.email().map(|email| email.as_str().to_owned()),
        email_verified: claims.email_verified(),
        name: claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned()),
        others: claims.additional_claims().claims.clone(),
    };
    Ok(Verified { subject, auth_time, about })
}

/// Moments beyond what the crate can express are those at its beginning: nothing is valid then.
fn utc(moment: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(moment.as_micros()).unwrap_or_default()
}

fn refusal(error: ClaimsVerificationError, text: &str, keys: &CoreJsonWebKeySet) -> OauthError {
    match error {
        ClaimsVerificationError::Expired(_) => OauthError::Expired,
        ClaimsVerificationError::InvalidAudience(_) => OauthError::WrongAudience,
        ClaimsVerificationError::InvalidIssuer(_) => OauthError::IssuerMismatch,
        ClaimsVerificationError::InvalidNonce(_) => OauthError::WrongNonce,
        ClaimsVerificationError::SignatureVerification(error) => match error {
            SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::NoSignature
            | SignatureVerificationError::UnsupportedAlg(_) => OauthError::AlgorithmRefused,
            // The key is there, and is for something else.
            SignatureVerificationError::NoMatchingKey if has_key_of(text, keys) => OauthError::AlgorithmRefused,
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::AmbiguousKeyId(_) => {
                OauthError::UnknownKey
            }
            SignatureVerificationError::CryptoError(_) | SignatureVerificationError::InvalidKey(_) => {
                OauthError::BadSignature
            }
            // The crate's enums may grow.
            _ => OauthError::BadSignature,
        },
        _ => OauthError::Malformed,
    }
}

/// Whether the set has a key with the id that the token's header names.
fn has_key_of(text: &str, keys: &CoreJsonWebKeySet) -> bool {
    let kid = jsonwebtoken::decode_header(text).ok().and_then(|header| header.kid);
    kid.is_some_and(|kid| keys.keys().iter().any(|key| key.key_id().is_some_and(|id| id.as_str() == kid)))
}
