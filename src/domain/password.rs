//! Passwords on their way to the hasher, and what the policy says of a new one.
//!
//! Any Unicode is a password. It is brought to NFC, because the same keys give different code points on different
//! systems, and is otherwise left alone: never trimmed, never truncated, NUL and all (NIST SP 800-63B-4, section
//! 3.1.1.2).

use std::fmt;

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
pub struct GivenPassword(SecretString);

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
        normalised(secret).map(Self)
    }

    /// What is compared with the hash.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    pub fn into_secret(self) -> SecretString {
        self.0
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

/// What a new password has to satisfy, the same on every path that sets one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Unicode scalar values, counted after NFC.
    pub min_length_chars: usize,
}

/// One reason why a password is refused. Its code is part of the API; its text is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weakness {
    TooShort { min_length_chars: usize },
}

impl PasswordPolicy {
    /// Everything that is wrong with this password; empty when it may be set.
    pub fn weaknesses(&self, password: &NewPassword) -> Vec<Weakness> {
        let mut found = Vec::new();
        if password.0.expose_secret().chars().count() < self.min_length_chars {
            found.push(Weakness::TooShort { min_length_chars: self.min_length_chars });
        }
        found
    }
}

impl Weakness {
    /// The stable name, in `snake_case`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
        }
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { min_length_chars } => write!(out, "it has fewer than {min_length_chars} characters"),
        }
    }
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
    fn the_minimum_counts_characters_after_normalisation() {
        let policy = PasswordPolicy { min_length_chars: 4 };
        assert_eq!(policy.weaknesses(&new("日本語字").unwrap()), []);
        let weak = policy.weaknesses(&new("e\u{301}e\u{301}e\u{301}").unwrap());
        assert_eq!(weak, [Weakness::TooShort { min_length_chars: 4 }]);
        assert_eq!((weak[0].code(), weak[0].to_string().as_str()), ("too_short", "it has fewer than 4 characters"));
        assert_eq!(PasswordPolicy { min_length_chars: 0 }.weaknesses(&new("").unwrap()), []);
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
