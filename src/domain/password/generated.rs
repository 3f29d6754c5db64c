//! A password that nobody chose: for somebody who has to be let in once, and chooses another one then.

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::{NewPassword, PasswordError, PasswordPolicy};

/// Told apart on paper and over the telephone: no l, o, I, O, 0 and 1.
const ALPHABET: &[u8; 56] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// 116 bits: nobody guesses it in the time that it is good for, nor after.
const LETTERS: usize = 20;
/// Letters between two hyphens.
const GROUP: usize = 5;

impl NewPassword {
    /// Random, in groups, with every class of characters, and as long as the policy wants it.
    ///
    /// # Errors
    /// [`PasswordError`], where the policy wants more than a password may have.
    pub fn random(policy: &PasswordPolicy) -> Result<Self, PasswordError> {
        let letters = LETTERS.max(policy.min_length_chars);
        loop {
            let mut text = Zeroizing::new(String::with_capacity(letters + letters / GROUP));
            for place in 0..letters {
                if place > 0 && place % GROUP == 0 {
                    text.push('-');
                }
                text.push(char::from(ALPHABET[rand::random_range(0..ALPHABET.len())]));
            }
            if has_every_class(&text) {
                return Self::parse(SecretString::from(text.as_str()));
            }
        }
    }
}

/// Nine of ten do.
fn has_every_class(text: &str) -> bool {
    let has = |is: fn(&char) -> bool| text.chars().any(|letter| is(&letter));
    has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase) && has(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::domain::password::words::Words;

    #[test]
    fn it_satisfies_the_strictest_policy_and_is_never_the_same() {
        for min_length_chars in [0, 8, 21, 64, 128] {
            let policy = PasswordPolicy { min_length_chars, min_strength: 4, required_classes: 4, history: 10 };
            let made: Vec<_> = (0..50).map(|_| NewPassword::random(&policy).unwrap()).collect();
            assert!(made.iter().all(|password| policy.weaknesses(password, &Words::of(None, None, None)).is_empty()));
            let texts: BTreeSet<_> = made.iter().map(|password| password.secret().expose_secret()).collect();
            assert_eq!(texts.len(), made.len());
        }
    }
}
