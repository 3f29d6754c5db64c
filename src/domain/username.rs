//! A username, and what somebody types to say who they are: an e-mail address or a username, told apart by the `@`.

use sha2::{Digest, Sha256};
use unicode_normalization::char::is_combining_mark;

use super::email::Email;
use super::text;

/// Characters (Unicode scalar values). Short enough to be a line in a list, and 64 of at most 4 bytes fit every index.
pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 3..=64;

/// A name of letters, digits, `.`, `_` and `-` in any script. Two are the same when their [`Username::key`]s are equal;
/// look-alikes of different scripts (a Latin and a Cyrillic `a`) are different.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username {
    as_entered: String,
    key: String,
}

/// Why a text is no username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    #[error("a username has 3 to 64 characters")]
    Length,
    #[error("a username holds letters, digits, '.', '_' and '-', and begins with a letter or a digit")]
    Characters,
}

impl Username {
    /// Normalises (NFC), then checks the name and its key by the same rule: some letters unfold into others (`½` into
    /// `1⁄2`, `ﷺ` into four words), and nothing may enter through the key that could not enter by the name.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        let as_entered = text::nfc(text);
        let key = text::compatibility_folded(&as_entered);
        for form in [&as_entered, &key] {
            if !USERNAME_CHARS.contains(&form.chars().count()) {
                return Err(UsernameError::Length);
            }
            if !form.chars().all(may_stand) || !form.starts_with(may_begin) {
                return Err(UsernameError::Characters);
            }
        }
        Ok(Self { as_entered, key })
    }

    /// The name to show.
    pub fn as_entered(&self) -> &str {
        &self.as_entered
    }

    /// The name to compare and to look up by (NFKC, case-folded). Parsing a key gives the same key.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The beginning of usernames, as they are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsernamePrefix(String);

impl UsernamePrefix {
    /// `None` for what no name begins with.
    pub fn parse(text: &str) -> Option<Self> {
        let key = text::compatibility_folded(text);
        let fits = (1..=*USERNAME_CHARS.end()).contains(&key.chars().count()) && key.chars().all(may_stand);
        fits.then_some(Self(key))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks are let in, because whole scripts write their vowels with them (Devanagari, Thai); what draws nothing is not,
/// though Unicode counts some of it among the letters.
fn may_stand(character: char) -> bool {
    let drawn = character.is_alphanumeric() || is_combining_mark(character);
    (drawn && !text::is_invisible(character)) || matches!(character, '.' | '_' | '-')
}

fn may_begin(character: char) -> bool {
    character.is_alphanumeric() && !is_combining_mark(character)
}

/// Whom somebody claims to be at sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identifier {
    Email(Email),
    Username(Username),
}

impl Identifier {
    /// None when the text can be nobody's; the caller answers as for an unknown account, in the same time.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.contains('@') {
            Email::parse(text).ok().map(Self::Email)
        } else {
            Username::parse(text).ok().map(Self::Username)
        }
    }

    /// The key to look up by, in the column of its kind.
    pub fn key(&self) -> &str {
        match self {
            Self::Email(email) => email.key(),
            Self::Username(username) => username.key(),
        }
    }
}

/// Who somebody says they are, whatever they typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    Name(Identifier),
    /// What can be nobody's name: SHA-256 of it. It is answered as an unknown account is, in the same time.
    Nobody {
        text_hash: [u8; 32],
    },
}

impl Claim {
    pub fn parse(text: &str) -> Self {
        match Identifier::parse(text) {
            Some(identifier) => Self::Name(identifier),
            None => Self::Nobody { text_hash: Sha256::digest(text.trim()).into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> Result<String, UsernameError> {
        Username::parse(text).map(|name| name.key)
    }

    #[test]
    fn a_name_is_shown_as_entered_and_compared_by_its_key() {
        let name = Username::parse("Zoe\u{308}.Groß_1-x").unwrap();
        assert_eq!((name.as_entered(), name.key()), ("Zoë.Groß_1-x", "zoë.gross_1-x"));
        assert_eq!(key("ＡＤＡ").unwrap(), "ada");
        for name in ["हिन्दी", "สวัสดี", "山田太郎", "Ольга", "محمد", "123"] {
            assert!(Username::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_named() {
        for text in ["", "ab", "e\u{301}e\u{301}", &"a".repeat(65), &"ß".repeat(33)] {
            assert_eq!(key(text), Err(UsernameError::Length), "{text:?}");
        }
        let bad =
            ["a@b", "a b", " abc", "abc\n", "a\0b", ".abc", "-abc", "_abc", "\u{301}abc", "a\u{202E}b", "a\u{200D}b"];
        let worse =
            ["a\u{3164}b", "a\u{115F}b", "a\u{17B4}b", "a\u{FE0F}b", "a\u{34F}b", "a½b", "⑴⑴⑴", "abﷺ", "a/b", "a＠b"];
        for text in bad.into_iter().chain(worse) {
            assert_eq!(key(text), Err(UsernameError::Characters), "{text:?}");
        }
    }

    #[test]
    fn an_identifier_is_an_address_where_there_is_an_at() {
        let email = Identifier::parse(" Ada@Example.org ").unwrap();
        assert_eq!((email.key(), matches!(email, Identifier::Email(_))), ("ada@example.org", true));
        let name = Identifier::parse(" Ada ").unwrap();
        assert_eq!((name.key(), matches!(name, Identifier::Username(_))), ("ada", true));
        assert_eq!(Identifier::parse("a@@b"), None);
        assert_eq!(Identifier::parse("no body"), None);
    }

    #[test]
    fn no_character_brings_an_at_into_a_name_or_its_key() {
        for character in text::tests::characters_that_change() {
            if let Ok(name) = Username::parse(&format!("a{character}b")) {
                assert!(!name.as_entered().contains('@') && !name.key().contains('@'), "{character:?}");
                assert_eq!(key(name.key()).as_deref(), Ok(name.key()), "{character:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_itself(text in prop_oneof![any::<String>(), "[\\p{L}\\p{N}\\p{M}._-]{3,20}"]) {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(key(name.key()), Ok(name.key().to_owned()));
            }
        }
    }
}
