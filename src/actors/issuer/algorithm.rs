//! Signing keys: how one is made, named, and published as a JWK. `jwt.rs` puts them to use.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use crate::domain::signing_algorithm::Algorithm;

/// The least that RFC 7518, section 3.3, lets pass, and what every verifier takes. A key signs for some 90 days, not
/// for decades, and 3,072 bits cost much: `openssl speed` makes 2,807 signatures a second with the one and 508 with the
/// other, so a thousand refreshes a second would take two cores instead of a third of one.
const RSA_SIZE: KeySize = KeySize::Rsa2048;
/// An uncompressed point: a byte 4, then x and y of 32 bytes each (SEC 1, section 2.3.3).
const P256_COORDINATE_BYTES: usize = 32;

/// Why a key cannot be made, read or used. No cause is kept: the libraries say nothing more, and on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("no key could be made")]
    Generation,
    #[error("the private key is damaged or of another algorithm")]
    PrivateKey,
    #[error("the private key is not the one of this key id")]
    KeyId,
    #[error("the public key is no JWK of an algorithm known here")]
    PublicKey,
    #[error("the signature could not be made")]
    Signing,
}

/// A new signing key, for the table: the private half is to be sealed, the public half is to be published.
pub struct GeneratedKey {
    /// The JWK's thumbprint (RFC 7638, SHA-256).
    pub kid: String,
    pub private_pkcs8: Zeroizing<Vec<u8>>,
    /// A JWK with `kid`, `alg` and `use`, as JSON text.
    pub public_jwk: String,
}

/// Makes a key. An RSA key takes a fifth of a second or several, the others less than a millisecond.
///
/// # Errors
/// [`KeyError::Generation`]
pub fn generate(algorithm: Algorithm) -> Result<GeneratedKey, KeyError> {
    let private_pkcs8 = new_pkcs8(algorithm).map_err(|_| KeyError::Generation)?;
    let jwk = PrivateKey::parse(algorithm, &private_pkcs8)?.public_jwk();
    let kid = thumbprint(&jwk);
    let mut published = jwk;
    published["kid"] = json!(kid);
    published["alg"] = json!(algorithm.as_str());
    published["use"] = json!("sig");
    Ok(GeneratedKey { kid, private_pkcs8, public_jwk: published.to_string() })
}

/// PKCS#8 in version 1, which everybody reads; `to_pkcs8()` of Ed25519 would write version 2, which OpenSSL does not.
fn new_pkcs8(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, aws_lc_rs::error::Unspecified> {
    let bytes = match algorithm {
        Algorithm::EdDsa => Ed25519KeyPair::generate()?.to_pkcs8v1()?.as_ref().to_vec(),
        Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?.to_pkcs8v1()?.as_ref().to_vec(),
        Algorithm::Rs256 => AsDer::<Pkcs8V1Der>::as_der(&RsaKeyPair::generate(RSA_SIZE)?)?.as_ref().to_vec(),
    };
    Ok(Zeroizing::new(bytes))
}

/// The id of a private key: the thumbprint of its public half.
///
/// # Errors
/// [`KeyError::PrivateKey`] for what is no PKCS#8 key of this algorithm.
pub fn kid_of(algorithm: Algorithm, private_pkcs8: &[u8]) -> Result<String, KeyError> {
    Ok(thumbprint(&PrivateKey::parse(algorithm, private_pkcs8)?.public_jwk()))
}

/// The algorithm of a JWK as [`generate`] publishes it: all the members that make its key are there, and are those that
/// its `kid` was taken of.
///
/// # Errors
/// [`KeyError::PublicKey`] for any other text.
pub fn algorithm_of(public_jwk: &str) -> Result<Algorithm, KeyError> {
    let jwk: Value = serde_json::from_str(public_jwk).map_err(|_| KeyError::PublicKey)?;
    let algorithm: Algorithm = jwk["alg"].as_str().and_then(|name| name.parse().ok()).ok_or(KeyError::PublicKey)?;
    let (kty, crv) = match algorithm {
        Algorithm::EdDsa => ("OKP", Some("Ed25519")),
        Algorithm::Es256 => ("EC", Some("P-256")),
        Algorithm::Rs256 => ("RSA", None),
    };
    let is_of_its_kind = jwk["kty"].as_str() == Some(kty) && jwk["crv"].as_str() == crv;
    if is_of_its_kind && jwk["kid"].as_str() == Some(thumbprint(&jwk).as_str()) {
        Ok(algorithm)
    } else {
        Err(KeyError::PublicKey)
    }
}

/// A private key, parsed. It is wiped when dropped (by `EVP_PKEY_free`).
enum PrivateKey {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl PrivateKey {
    fn parse(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let parsed = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::EdDsa),
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::Es256),
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(pkcs8).map(Self::Rs256),
        };
        parsed.map_err(|_| KeyError::PrivateKey)
    }

    /// The members that make the key, and no others: what the thumbprint is taken of.
    fn public_jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::EdDsa(key) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(key.public_key().as_ref()) }),
            Self::Es256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(P256_COORDINATE_BYTES);
                json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) })
            }
            Self::Rs256(key) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public_key());
                json!({ "kty": "RSA", "n": text(&public.n), "e": text(&public.e) })
            }
        }
    }
}

/// RFC 7638: SHA-256 of the required members in the order of their names, without white space. base64url needs no
/// escaping, so the text can be put together by hand, which does not lean on how some library sorts a map.
fn thumbprint(jwk: &Value) -> String {
    let names = ["crv", "e", "kty", "n", "x", "y"];
    let members = names.iter().filter_map(|name| Some(format!("\"{name}\":\"{}\"", jwk[name].as_str()?)));
    let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
#[path = "../../../tests/support/openssl.rs"]
mod openssl;

#[cfg(test)]
mod tests {
    use super::super::jwt::{self, SigningKey, VerifyingKey};
    use super::openssl::verify_jws_with_openssl;
    use super::*;
    use crate::domain::access_token::AccessClaims;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638_and_rfc_8037() {
        let n = concat!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE",
            "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q",
            "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6",
            "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        );
        let rsa = json!({ "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n": n });
        assert_eq!(thumbprint(&rsa), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        let ed = json!({ "crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        assert_eq!(thumbprint(&ed), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_private_key_of_another_algorithm_is_refused() {
        for algorithm in Algorithm::ALL {
            let key = generate(algorithm).unwrap();
            for other in Algorithm::ALL {
                let expected = if other == algorithm { Ok(key.kid.clone()) } else { Err(KeyError::PrivateKey) };
                assert_eq!(kid_of(other, &key.private_pkcs8), expected);
            }
            assert_eq!(kid_of(algorithm, &key.private_pkcs8[..20]), Err(KeyError::PrivateKey));
            assert_eq!(kid_of(algorithm, &[]), Err(KeyError::PrivateKey));
        }
    }

    #[test]
    fn a_public_key_is_refused_unless_it_is_whole() {
        for algorithm in Algorithm::ALL {
            let key = generate(algorithm).unwrap();
            assert_eq!(algorithm_of(&key.public_jwk), Ok(algorithm));
            let whole: Value = serde_json::from_str(&key.public_jwk).unwrap();
            assert_eq!((&whole["kid"], &whole["use"]), (&json!(key.kid), &json!("sig")));
            for name in whole.as_object().unwrap().keys().filter(|name| *name != "use") {
                for wrong in [json!(null), json!(7), json!(""), json!("AAAA"), json!("EdDSA"), json!("RS256")] {
                    let mut changed = whole.clone();
                    if changed[name] != wrong {
                        changed[name] = wrong;
                        assert_eq!(algorithm_of(&changed.to_string()), Err(KeyError::PublicKey), "{changed}");
                    }
                }
            }
        }
        assert!(algorithm_of("").is_err() && algorithm_of("[]").is_err());
    }

    fn keys(algorithm: Algorithm) -> (GeneratedKey, SigningKey, VerifyingKey) {
        let made = generate(algorithm).unwrap();
        let signing = SigningKey::from_parts(algorithm, &made.kid, &made.private_pkcs8).unwrap();
        let verifying = VerifyingKey::from_jwk(&made.public_jwk).unwrap();
        (made, signing, verifying)
    }

    #[test]
    fn a_token_is_verified_by_openssl_from_the_jwk_alone() {
        for algorithm in Algorithm::ALL {
            let (made, signing, verifying) = keys(algorithm);
            let jwk: Value = serde_json::from_str(&made.public_jwk).unwrap();
            let claims = AccessClaims::for_tests();
            // Several, because an r or s of ECDSA has its top bit set now and then, or begins with a zero.
            for _ in 0..8 {
                let token = signing.sign(&claims).unwrap();
                assert_eq!(verifying.verify(&token), Some(claims.clone()));
                assert!(verify_jws_with_openssl(&jwk, &token), "{token}");
            }
            let token = signing.sign(&claims).unwrap();
            let (signed, signature) = token.rsplit_once('.').unwrap();
            assert!(!verify_jws_with_openssl(&jwk, &format!("{signed}A.{signature}")));
            let other = serde_json::from_str(&generate(algorithm).unwrap().public_jwk).unwrap();
            assert!(!verify_jws_with_openssl(&other, &token));
        }
    }

    #[test]
    fn a_private_key_under_the_id_of_another_is_refused() {
        let (one, other) = (generate(Algorithm::Es256).unwrap(), generate(Algorithm::Es256).unwrap());
        let parts = SigningKey::from_parts(Algorithm::Es256, &one.kid, &other.private_pkcs8);
        assert_eq!(parts.err(), Some(KeyError::KeyId));
    }

    #[test]
    fn the_header_decides_nothing() {
        let (made, signing, verifying) = keys(Algorithm::EdDsa);
        let token = signing.sign(&AccessClaims::for_tests()).unwrap();
        assert_eq!(jwt::key_id(&token), Some(made.kid.clone()));
        let (_, rest) = token.split_once('.').unwrap();
        let with_header = |header: &Value| format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
        for alg in ["none", "None", "HS256", "ES256", "RS256", "eddsa", ""] {
            let header = json!({ "typ": "at+jwt", "alg": alg, "kid": made.kid });
            assert_eq!(verifying.verify(&with_header(&header)), None, "{header}");
        }
        for header in [json!({ "alg": "EdDSA" }), json!({ "typ": "JWT", "alg": "EdDSA", "kid": made.kid }), json!({})] {
            assert_eq!(verifying.verify(&with_header(&header)), None, "{header}");
        }
        // The public key as the secret of an HMAC, the oldest trick there is.
        let public = serde_json::from_str::<Value>(&made.public_jwk).unwrap()["x"].as_str().unwrap().to_owned();
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        let secret = jsonwebtoken::EncodingKey::from_urlsafe_base64_secret(&format!("{public}=")).unwrap();
        let forged = jsonwebtoken::encode(&header, &AccessClaims::for_tests(), &secret).unwrap();
        assert_eq!(verifying.verify(&forged), None);
    }

    #[test]
    fn a_token_of_another_type_is_refused_though_this_key_signed_it() {
        let (made, _, verifying) = keys(Algorithm::EdDsa);
        let key = jsonwebtoken::EncodingKey::from_ed_der(&made.private_pkcs8);
        let typed = |typ: Option<&str>| {
            let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA);
            header.typ = typ.map(str::to_owned);
            verifying.verify(&jsonwebtoken::encode(&header, &AccessClaims::for_tests(), &key).unwrap())
        };
        assert!(typed(Some("at+jwt")).is_some());
        assert!(typed(Some("JWT")).is_none() && typed(None).is_none());
    }

    #[test]
    fn a_token_with_any_one_character_changed_is_refused() {
        for algorithm in Algorithm::ALL {
            let (_, signing, verifying) = keys(algorithm);
            let token = signing.sign(&AccessClaims::for_tests()).unwrap();
            for place in 0..token.len() {
                for other in ["A", "_", ".", "=", "", "é"] {
                    let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
                    assert!(changed == token || verifying.verify(&changed).is_none(), "{changed}");
                }
            }
            for more in ["=", ".", "A", " ", "\n"] {
                assert_eq!(verifying.verify(&format!("{token}{more}")), None, "{more:?}");
            }
        }
    }
}
