//! How many letters there may be: nobody's mailbox is filled by somebody who keeps asking, and no account writes to
//! everybody. They stand beside the counts of the throttle, and nobody is told when there were too many.

use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::email::Email;

/// Letters are counted over so long, from the first of them on.
pub const SPAN: Duration = Duration::from_hours(1);

/// So many letters in [`SPAN`], of what the key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterLimit {
    pub key_hash: [u8; 32],
    pub letters: u16,
}

impl LetterLimit {
    /// As the table has it, where the throttle has its kinds.
    pub const KIND: &'static str = "letters";

    /// `what`: the kind of letters, each with a limit of its own, so that none keeps another from being sent.
    pub fn to_address(what: &'static str, email: &Email, letters: u16) -> Self {
        Self::new(what, "address", email.key().as_bytes(), letters)
    }

    /// Whoever they go to.
    pub fn of_account(what: &'static str, user_id: Uuid, letters: u16) -> Self {
        Self::new(what, "account", user_id.as_bytes(), letters)
    }

    fn new(what: &'static str, label: &'static str, key: &[u8], letters: u16) -> Self {
        let hash = Sha256::new().chain_update("keystead letters\0").chain_update(what).chain_update("\0");
        Self { key_hash: hash.chain_update(label).chain_update("\0").chain_update(key).finalize().into(), letters }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_an_address_are_one_and_kinds_are_several() {
        let of = |what, text: &str| LetterLimit::to_address(what, &Email::parse(text).unwrap(), 5);
        assert_eq!(of("reset", "Ada@Example.org"), of("reset", " ada@example.ORG "));
        assert_ne!(of("reset", "ada@example.org"), of("reset", "bob@example.org"));
        assert_ne!(of("reset", "ada@example.org"), of("verify", "ada@example.org"));
        assert_ne!(LetterLimit::of_account("reset", Uuid::nil(), 5), LetterLimit::of_account("verify", Uuid::nil(), 5));
    }
}
