//! Made-up letters of every kind, with every turn that their templates take.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::domain::clock::Timestamp;
use crate::domain::letter::{Letter, MfaChange};

/// Kinds and facts.
pub(super) fn letters() -> Vec<(&'static str, BTreeMap<String, String>)> {
    all().iter().map(|letter| (letter.kind(), owned(letter))).collect()
}

fn owned(letter: &Letter) -> BTreeMap<String, String> {
    letter.facts().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn all() -> Vec<Letter> {
    let token = || SecretString::from("ks1_sample");
    let at = Timestamp::from_micros(1_763_888_820_000_000);
    let mut letters = vec![
        Letter::VerifyEmail { token: token() },
        Letter::AddressTaken,
        Letter::ResetPassword { token: token() },
        Letter::ConfirmEmailChange { token: token() },
        Letter::EmailChanged { new_email: "new@example.org".to_owned() },
        Letter::PasswordChanged,
        Letter::NewDevice { ip: Some("192.0.2.7".to_owned()), user_agent: Some("a browser".to_owned()), at },
        Letter::NewDevice { ip: None, user_agent: None, at },
        Letter::Invitation { token: token() },
    ];
    letters.extend([true, false].map(|linked| Letter::IdentityChanged { provider: "Acme".to_owned(), linked }));
    letters.extend(MfaChange::ALL.map(|change| Letter::MfaChanged { change }));
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind that is added stops compiling here, and then belongs above too.
    #[test]
    fn there_is_a_sample_of_every_kind() {
        for letter in all() {
            let is_there = match letter {
                Letter::VerifyEmail { .. }
                | Letter::AddressTaken
                | Letter::ResetPassword { .. }
                | Letter::ConfirmEmailChange { .. }
                | Letter::EmailChanged { .. }
                | Letter::PasswordChanged
                | Letter::MfaChanged { .. }
                | Letter::IdentityChanged { .. }
                | Letter::NewDevice { .. }
                | Letter::Invitation { .. } => true,
                Letter::Discard => false,
            };
            assert!(is_there);
        }
        let kinds: std::collections::BTreeSet<_> = all().iter().map(Letter::kind).collect();
        assert_eq!(kinds.len(), 10);
    }
}
