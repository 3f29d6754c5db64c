//! What goes through a browser while somebody signs in with a provider: 256 random bits each, of which the database keeps
//! a hash. They stand in URLs and in a cookie, so each alone opens nothing: who began has to bring another thing beside.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::opaque;
pub use super::opaque::NotAToken;
use super::secret_token::{self, RANDOM_BYTES};

const PASS_PREFIX: &str = "kso_";
const KEY_PREFIX: &str = "ksb_";

/// Goes along in a URL, and works once: the state of a sign-in, the ticket that begins one, the code that it ends with.
#[derive(Clone, Debug)]
pub struct BrowserPass(SecretString);

impl BrowserPass {
    /// A new one: 47 characters.
    pub fn random() -> Self {
        Self(secret_token::random(PASS_PREFIX))
    }

    /// # Errors
    /// [`NotAToken`] for anything that is not the one spelling of some pass.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        opaque::read(PASS_PREFIX, text, RANDOM_BYTES).map(|_| Self(SecretString::from(text)))
    }

    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// What the database keeps and is asked for: SHA-256 of the text.
    pub fn hash(&self) -> [u8; 32] {
        secret_token::hash(&self.0)
    }
}

/// One browser, in all its tabs: the value of its cookie.
#[derive(Clone, Debug)]
pub struct BrowserKey(SecretString);

impl BrowserKey {
    /// A new one: 47 characters.
    pub fn random() -> Self {
        Self(secret_token::random(KEY_PREFIX))
    }

    /// # Errors
    /// [`NotAToken`] for anything that is not the one spelling of some key.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        opaque::read(KEY_PREFIX, text, RANDOM_BYTES).map(|_| Self(SecretString::from(text)))
    }

    /// For the cookie alone.
    pub fn text(&self) -> &str {
        self.0.expose_secret()
    }

    pub fn hash(&self) -> [u8; 32] {
        secret_token::hash(&self.0)
    }

    /// Whether it is the one that this is the hash of.
    pub fn is_of(&self, hash: &[u8; 32]) -> bool {
        self.hash().ct_eq(hash).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_taken_for_itself_alone() {
        let (pass, key) = (BrowserPass::random(), BrowserKey::random());
        let (pass_text, key_text) = (pass.secret().expose_secret(), key.text());
        assert_eq!(BrowserPass::parse(pass_text).unwrap().hash(), pass.hash());
        assert!(BrowserKey::parse(key_text).unwrap().is_of(&key.hash()));
        assert!(!BrowserKey::random().is_of(&key.hash()));
        assert!(BrowserPass::parse(key_text).is_err() && BrowserKey::parse(pass_text).is_err());
        let other = pass_text.replacen("kso_", "ks1_", 1);
        assert!(BrowserPass::parse(&other).is_err() && secret_token::SecretToken::parse(pass_text).is_err());
        assert!(!format!("{pass:?}{key:?}").contains(&pass_text[4..]));
    }
}
