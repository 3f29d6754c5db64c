//! Recovery codes: they stand in for a second factor once each, when the phone is gone.

use std::array;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

/// How many somebody gets at once.
pub const CODES: usize = 10;
/// 80 random bits: nobody guesses one, so SHA-256 is all the hashing that they need.
const RANDOM_BYTES: usize = 10;
/// Five bits each.
const LETTERS: usize = RANDOM_BYTES * 8 / 5;
const GROUP: usize = 4;
/// Base32 (RFC 4648) in small letters: no 0, 1, 8 and 9, which look like others.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// One code, in its plain spelling: 16 letters with nothing between them.
#[derive(Clone, Debug)]
pub struct RecoveryCode(SecretString);

/// A text that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a recovery code has sixteen letters and digits")]
pub struct NotARecoveryCode;

impl RecoveryCode {
    /// A new set.
    pub fn ten() -> [Self; CODES] {
        array::from_fn(|_| Self::random())
    }

    fn random() -> Self {
        let mut bytes = Zeroizing::new([0_u8; RANDOM_BYTES]);
        rand::fill(bytes.as_mut_slice());
        let mut text = String::with_capacity(LETTERS);
        for five in bytes.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            text.extend((0..8).rev().map(|place| char::from(ALPHABET[(bits >> (place * 5) & 31) as usize])));
        }
        Self(text.into())
    }

    /// Capital letters, white space and hyphens are as good.
    ///
    /// # Errors
    /// [`NotARecoveryCode`]; that costs no look into the database.
    pub fn parse(text: &SecretString) -> Result<Self, NotARecoveryCode> {
        let mut plain = String::with_capacity(LETTERS);
        let between = |character: &char| character.is_whitespace() || *character == '-';
        for character in text.expose_secret().chars().filter(|character| !between(character)) {
            let letter = character.to_ascii_lowercase();
            let is_known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
            // Before the string would grow, which would leave a copy in freed memory.
            if !is_known || plain.len() == LETTERS {
                return Err(NotARecoveryCode);
            }
            plain.push(letter);
        }
        if plain.len() == LETTERS { Ok(Self(plain.into())) } else { Err(NotARecoveryCode) }
    }

    /// As it is shown, once: `xxxx-xxxx-xxxx-xxxx`.
    pub fn spelt(&self) -> SecretString {
        let plain = self.0.expose_secret();
        let mut text = String::with_capacity(LETTERS + LETTERS / GROUP - 1);
        for (place, letter) in plain.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text.into()
    }

    /// What the database keeps: SHA-256 of its owner's id (16 bytes) and the plain spelling.
    pub fn hash(&self, user_id: Uuid) -> [u8; 32] {
        Sha256::new().chain_update(user_id.as_bytes()).chain_update(self.0.expose_secret()).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const ADA: Uuid = Uuid::from_u128(1);

    fn hash_of(text: &str) -> Option<[u8; 32]> {
        RecoveryCode::parse(&text.into()).ok().map(|code| code.hash(ADA))
    }

    #[test]
    fn ten_codes_of_four_groups_and_no_two_alike() {
        let codes = RecoveryCode::ten();
        let texts: BTreeSet<String> = codes.iter().map(|code| code.spelt().expose_secret().to_owned()).collect();
        assert_eq!(texts.len(), 10);
        for text in &texts {
            let groups: Vec<&str> = text.split('-').collect();
            assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4), "{text}");
            assert!(hash_of(text).is_some(), "{text}");
        }
        assert!(!format!("{codes:?}").contains(codes[0].0.expose_secret()));
    }

    #[test]
    fn every_letter_of_the_alphabet_is_drawn() {
        let drawn: BTreeSet<char> =
            (0..100).flat_map(|_| RecoveryCode::ten()).fold(BTreeSet::new(), |mut all, code| {
                all.extend(code.0.expose_secret().chars());
                all
            });
        assert_eq!(drawn, ALPHABET.iter().map(|byte| char::from(*byte)).collect());
    }

    #[test]
    fn a_code_is_read_however_it_is_written() {
        let plain = hash_of("abcd2345efgh67xy").unwrap();
        let spellings =
            ["abcd-2345-efgh-67xy", "ABCD-2345-EFGH-67XY", " abcd 2345\tefgh 67xy\n", "a-bcd23-45efgh67xy-"];
        for text in spellings {
            assert_eq!(hash_of(text), Some(plain), "{text:?}");
        }
        let wrong =
            ["", "abcd2345efgh67x", "abcd2345efgh67xyz", "abcd2345efgh67x0", "abcd2345efgh67x1", "ａbcd2345efgh67xy"];
        assert!(wrong.iter().all(|text| hash_of(text).is_none()));
    }

    #[test]
    fn the_hash_is_that_of_the_id_and_the_letters_as_any_tool_makes_it() {
        // python3: sha256(uuid.UUID(int=1).bytes + b"abcd2345efgh67xy"). If this changes, nobody's codes work any more.
        let words = [0x4cea_fc6b_95c6_4dce_u64, 0xeca8_22f1_3233_e3ef, 0xfd37_e79d_915e_4a82, 0xc2d1_be7f_a1bd_6af5];
        assert_eq!(hash_of("abcd2345efgh67xy").unwrap().as_slice(), words.map(u64::to_be_bytes).concat());
        let code = RecoveryCode::parse(&"abcd2345efgh67xy".into()).unwrap();
        assert_ne!(code.hash(ADA), code.hash(Uuid::from_u128(2)), "a hash is worth nothing beside another account");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in prop_oneof![any::<String>(), "[ a-zA-Z2-7-]{14,22}"]) {
            if let Ok(code) = RecoveryCode::parse(&text.as_str().into()) {
                let again = RecoveryCode::parse(&code.spelt()).unwrap();
                prop_assert_eq!(again.hash(ADA), code.hash(ADA));
            }
        }
    }
}
