//! One-time tokens: 256 random bits, of which the database keeps a hash. (Slow hashing is for what people choose;
//! nobody guesses 256 random bits.)

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::opaque;
pub use super::opaque::NotAToken;

const PREFIX: &str = "ks1_";
pub(super) const RANDOM_BYTES: usize = 32;

/// A token that is sent to somebody, comes back once, and is then spent: set-up, reset, verification …
#[derive(Clone, Debug)]
pub struct SecretToken(SecretString);

impl SecretToken {
    /// A new token: 47 characters.
    pub fn random() -> Self {
        Self(random(PREFIX))
    }

    /// # Errors
    /// [`NotAToken`] for anything that is not the one spelling of some token; that costs no look into the database.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        opaque::read(PREFIX, text, RANDOM_BYTES).map(|_| Self(SecretString::from(text)))
    }

    /// The text, to be handed out once and never stored.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// What the database keeps and is asked for: SHA-256 of the text.
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

/// A new text of 32 random bytes behind `prefix`.
pub(super) fn random(prefix: &str) -> SecretString {
    let mut bytes = zeroize::Zeroizing::new([0; RANDOM_BYTES]);
    rand::fill(bytes.as_mut_slice());
    opaque::spell(prefix, bytes.as_slice())
}

/// SHA-256 of the whole text. The prefix goes in, so that the hash of one kind is never that of another.
pub(super) fn hash(text: &SecretString) -> [u8; 32] {
    Sha256::digest(text.expose_secret().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::opaque::tests::near_misses;
    use super::*;

    #[test]
    fn a_token_is_found_again_by_its_hash_alone() {
        let token = SecretToken::random();
        let text = token.secret().expose_secret();
        assert!(text.len() == 47 && text.starts_with("ks1_"), "{text}");
        assert_eq!(SecretToken::parse(text).unwrap().hash(), token.hash());
        assert_ne!(SecretToken::random().hash(), token.hash());
        assert!(!format!("{token:?}").contains(&text[4..]));
    }

    #[test]
    fn the_hash_is_sha_256_of_the_text_as_any_tool_makes_it() {
        let token = SecretToken::parse(&format!("ks1_{}", "A".repeat(43))).unwrap();
        // As `sha256sum` prints it: 2d148306441c43dd 2d954dc5fb2a4883 9c9be0b4656bc147 f94f8b139113f671.
        let words = [0x2d14_8306_441c_43dd_u64, 0x2d95_4dc5_fb2a_4883, 0x9c9b_e0b4_656b_c147, 0xf94f_8b13_9113_f671];
        assert_eq!(token.hash().as_slice(), words.map(u64::to_be_bytes).concat());
    }

    #[test]
    fn no_other_spelling_has_the_same_hash() {
        let token = SecretToken::random();
        for near in near_misses(token.secret().expose_secret()) {
            let other = SecretToken::parse(&near).map(|other| other.hash());
            assert_ne!(other, Ok(token.hash()), "{near:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_kept_as_it_is(text in prop_oneof![any::<String>(), "ks1_[A-Za-z0-9_-]{42,44}"]) {
            if let Ok(token) = SecretToken::parse(&text) {
                prop_assert_eq!(token.secret().expose_secret(), text);
            }
        }
    }
}
