//! Proof Key for Code Exchange (RFC 7636), S256 only: who began a sign-in is who ends it, so a stolen code is worth
//! nothing. `plain` would hand the proof to whoever reads the first request.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// RFC 7636, section 4.1.
const VERIFIER_CHARS: std::ops::RangeInclusive<usize> = 43..=128;
const S256: &str = "S256";
const HASH_BYTES: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    #[error("the method of a code challenge is S256")]
    Method,
    #[error("a code challenge is the base64url of a SHA-256, 43 characters without padding")]
    Challenge,
    #[error("a code verifier has 43 to 128 letters, digits and - . _ ~")]
    Verifier,
}

/// What is shown at the beginning: SHA-256 of the verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeChallenge([u8; HASH_BYTES]);

impl CodeChallenge {
    /// `method` as the request named it; none means S256, the only one there is here.
    ///
    /// # Errors
    /// [`PkceError::Method`] for `plain` and all others, [`PkceError::Challenge`] for what is no SHA-256 in its one
    /// spelling.
    pub fn parse(text: &str, method: Option<&str>) -> Result<Self, PkceError> {
        if method.is_some_and(|method| method != S256) {
            return Err(PkceError::Method);
        }
        if text.len() != *VERIFIER_CHARS.start() {
            return Err(PkceError::Challenge);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| PkceError::Challenge)?;
        bytes.try_into().map(Self).map_err(|_| PkceError::Challenge)
    }

    /// The text as it stands in a request.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Whether `verifier` is the one that this was made from.
    pub fn is_met_by(&self, verifier: &CodeVerifier) -> bool {
        self.0.ct_eq(&verifier.challenge().0).into()
    }
}

/// What is shown at the end.
#[derive(Clone, Debug)]
pub struct CodeVerifier(SecretString);

impl CodeVerifier {
    /// 256 random bits: 43 characters.
    pub fn random() -> Self {
        let mut bytes = zeroize::Zeroizing::new([0; HASH_BYTES]);
        rand::fill(bytes.as_mut_slice());
        Self(SecretString::from(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
    }

    /// # Errors
    /// [`PkceError::Verifier`].
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if !VERIFIER_CHARS.contains(&text.len()) || !text.bytes().all(is_unreserved) {
            return Err(PkceError::Verifier);
        }
        Ok(Self(SecretString::from(text)))
    }

    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(Sha256::digest(self.0.expose_secret().as_bytes()).into())
    }

    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_holds() {
        let challenge = CodeChallenge::parse(CHALLENGE, Some("S256")).unwrap();
        let verifier = CodeVerifier::parse(VERIFIER).unwrap();
        assert_eq!(verifier.challenge(), challenge);
        assert!(challenge.is_met_by(&verifier) && !challenge.is_met_by(&CodeVerifier::random()));
        assert_eq!(challenge.text(), CHALLENGE);
        assert!(!format!("{verifier:?}").contains(VERIFIER));
    }

    #[test]
    fn plain_and_what_is_no_hash_are_refused() {
        for method in ["plain", "s256", "S512", ""] {
            assert_eq!(CodeChallenge::parse(CHALLENGE, Some(method)), Err(PkceError::Method), "{method:?}");
        }
        // The last character has two bits to spare; only one spelling of them is taken.
        let other_spelling = format!("{}N", &CHALLENGE[..42]);
        let padded = format!("{CHALLENGE}=");
        for text in ["", &CHALLENGE[1..], &padded, &other_spelling, &CHALLENGE.replace('-', "+"), &"é".repeat(22)] {
            assert_eq!(CodeChallenge::parse(text, None), Err(PkceError::Challenge), "{text:?}");
        }
    }

    #[test]
    fn a_verifier_has_the_length_and_the_alphabet_of_the_rfc() {
        for text in ["a".repeat(43), "-._~".repeat(32)] {
            assert!(CodeVerifier::parse(&text).is_ok(), "{text}");
        }
        for text in ["a".repeat(42), "a".repeat(129), "a+".repeat(30), "é".repeat(30), format!("{VERIFIER}\n")] {
            assert!(CodeVerifier::parse(&text).is_err(), "{text}");
        }
        assert!(CodeVerifier::parse(CodeVerifier::random().secret().expose_secret()).is_ok());
    }
}
