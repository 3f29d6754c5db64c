//! What a service client shows: its id, a UUID that is no secret, and its secret, 256 random bits that the database
//! keeps as a hash.

use std::fmt;

use secrecy::SecretString;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::opaque;
pub use super::opaque::NotAToken;
use super::secret_token::{self, RANDOM_BYTES};

const PREFIX: &str = "ksc_";

/// The `client_id` of RFC 6749: a UUID in its usual form, lower case with hyphens, and in no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(Uuid);

impl ClientId {
    pub fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// None for a text that can be no client's id.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(text).ok()?);
        (id.to_string() == text).then_some(id)
    }

    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(out)
    }
}

/// The `client_secret` of RFC 6749.
#[derive(Clone, Debug)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// A new secret: 47 characters.
    pub fn random() -> Self {
        Self(secret_token::random(PREFIX))
    }

    /// # Errors
    /// [`NotAToken`] for anything that is not the one spelling of some client's secret.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        opaque::read(PREFIX, text, RANDOM_BYTES).map(|_| Self(SecretString::from(text)))
    }

    /// The text, to be shown once and never stored.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// What the database keeps: SHA-256 of the text.
    pub fn hash(&self) -> [u8; 32] {
        secret_token::hash(&self.0)
    }

    /// Whether `stored` is this secret's hash, in constant time; false where it is no hash at all.
    pub fn matches(&self, stored: &[u8]) -> bool {
        self.hash().ct_eq(stored).into()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::super::secret_token::SecretToken;
    use super::*;

    #[test]
    fn a_secret_matches_its_own_hash_only() {
        let secret = ClientSecret::random();
        let again = ClientSecret::parse(secret.secret().expose_secret()).unwrap();
        assert!(again.matches(&secret.hash()));
        assert!(!again.matches(&ClientSecret::random().hash()));
        assert!(!again.matches(&secret.hash()[..31]) && !again.matches(&[]));
        let text = secret.secret().expose_secret();
        assert!(text.len() == 47 && !format!("{secret:?}").contains(&text[4..]), "{text}");
    }

    #[test]
    fn a_secret_and_a_one_time_token_are_not_taken_for_each_other() {
        let secret = ClientSecret::random();
        let renamed = secret.secret().expose_secret().replace("ksc_", "ks1_");
        assert!(SecretToken::parse(secret.secret().expose_secret()).is_err());
        assert_ne!(SecretToken::parse(&renamed).unwrap().hash(), secret.hash());
        assert!(ClientSecret::parse(&renamed).is_err());
    }

    #[test]
    fn a_client_id_has_one_spelling() {
        let id = ClientId::new(Uuid::from_u128(0xABCD));
        let text = id.to_string();
        assert_eq!(ClientId::parse(&text), Some(id));
        assert_eq!(id.uuid(), Uuid::from_u128(0xABCD));
        let others = [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            format!(" {text}"),
        ];
        for other in others.iter().map(String::as_str).chain(["", "admin"]) {
            assert_eq!(ClientId::parse(other), None, "{other:?}");
        }
    }
}
