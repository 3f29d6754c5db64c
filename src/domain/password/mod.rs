//! Passwords on their way to the hasher, and what the policy says of a new one.
//!
//! Any Unicode is a password. It is brought to NFC, because the same keys give different code points on different
//! systems, and is otherwise left alone: never trimmed, never truncated, NUL and all (NIST SP 800-63B-4, section
//! 3.1.1.2). [`policy`] says what a new one must be like, [`weakness`] in which words it is refused.

mod blocklist;
mod generated;
pub mod policy;
pub mod stored_hash;
pub mod strength;
pub mod weakness;
pub mod words;

pub use policy::PasswordPolicy;
pub use stored_hash::StoredHash;
pub use weakness::Weakness;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Bytes of UTF-8 as they were sent. Far beyond any passphrase; it bounds what normalising and hashing cost.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// Why a text cannot even be tried as a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("a password has at most 1,024 bytes")]
    TooLong,
}

/// A password that somebody wants to have from now on; it still has to please the [`PasswordPolicy`].
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

/// A password that somebody gives to be let in. No policy is asked: it holds for new ones only.
#[derive(Clone, Debug)]
pub struct GivenPassword {
    normal: SecretString,
    as_sent: Option<SecretString>,
}

impl NewPassword {
    /// # Errors
    /// [`PasswordError::TooLong`], before anything else is done with it.
    pub fn parse(secret: SecretString) -> Result<Self, PasswordError> {
        normalised(secret).map(Self)
    }

    /// What is hashed.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

impl GivenPassword {
    /// # Errors
    /// [`PasswordError::TooLong`], before anything else is done with it.
    pub fn parse(secret: SecretString) -> Result<Self, PasswordError> {
        let sent = secret.clone();
        let normal = normalised(secret)?;
        let as_sent = (sent.expose_secret() != normal.expose_secret()).then_some(sent);
        Ok(Self { normal, as_sent })
    }

    /// What is compared with the hash.
    pub fn secret(&self) -> &SecretString {
        &self.normal
    }

    /// Where it was not in NFC: what a system that does not normalise would have hashed.
    pub fn as_sent(&self) -> Option<&SecretString> {
        self.as_sent.as_ref()
    }

    pub fn into_secret(self) -> SecretString {
        self.normal
    }
}

/// NFC may lengthen a text up to threefold, so what is hashed has at most 3 × [`PASSWORD_BYTES_MAX`] bytes.
fn normalised(secret: SecretString) -> Result<SecretString, PasswordError> {
    let text = secret.expose_secret();
    if text.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    if is_nfc(text) {
        return Ok(secret);
    }
    // Counted first: a string that grows, or shrinks to fit, leaves copies of itself in freed memory.
    let mut normal = String::with_capacity(text.nfc().map(char::len_utf8).sum());
    normal.extend(text.nfc());
    Ok(SecretString::from(normal))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn new(text: &str) -> Result<NewPassword, PasswordError> {
        NewPassword::parse(SecretString::from(text))
    }

    fn given(text: &str) -> Result<String, PasswordError> {
        GivenPassword::parse(SecretString::from(text)).map(|password| password.secret().expose_secret().to_owned())
    }

    #[test]
    fn a_password_is_normalised_and_otherwise_left_alone() {
        assert_eq!(given(" cafe\u{301}\0 \n").unwrap(), " café\0 \n");
        assert_eq!(new("cafe\u{301}").unwrap().into_secret().expose_secret(), "café");
        assert_eq!(given("").unwrap(), "");
        assert_ne!(given("Ａ").unwrap(), "A");
        let sent = |text: &str| {
            let password = GivenPassword::parse(SecretString::from(text)).unwrap();
            password.as_sent().map(|sent| sent.expose_secret().to_owned())
        };
        assert_eq!((sent("cafe\u{301}").as_deref(), sent("café")), (Some("cafe\u{301}"), None));
    }

    #[test]
    fn the_limit_counts_bytes_as_sent() {
        assert!(given(&"a".repeat(1_024)).is_ok());
        assert_eq!(given(&"a".repeat(1_025)), Err(PasswordError::TooLong));
        assert_eq!(given(&"é".repeat(513)), Err(PasswordError::TooLong));
        // Would be 1,024 bytes once composed, but the limit comes first.
        assert_eq!(given(&"e\u{301}".repeat(512)), Err(PasswordError::TooLong));
    }

    #[test]
    fn a_password_is_never_printed() {
        let printed = format!("{:?} {:?}", new("hunter2").unwrap(), GivenPassword::parse("hunter2".into()).unwrap());
        assert!(!printed.contains("hunter2"), "{printed}");
    }

    proptest! {
        #[test]
        fn what_is_hashed_depends_on_the_normal_form_only(text in any::<String>()) {
            prop_assume!(text.len() < 300);
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(given(&text), given(&decomposed));
            prop_assert_eq!(given(&text).unwrap(), text.nfc().collect::<String>());
        }
    }
}
