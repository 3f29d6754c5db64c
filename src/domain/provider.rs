//! Who vouches for somebody else's identity: a provider by its short name, and somebody's own name there.

use std::fmt;

/// Letters of a provider's name: it stands in paths, in a table and, in capitals, in names of settings.
const NAME_CHARS_MAX: usize = 32;
/// OpenID Connect Core 1.0, section 2: `sub` must not exceed 255 ASCII characters.
pub const SUBJECT_CHARS_MAX: usize = 255;

pub const GOOGLE: &str = "google";
pub const GITHUB: &str = "github";

/// The short name of a provider: `google`, `github`, or one that this installation chose.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderName(String);

impl ProviderName {
    /// Lower-case letters, digits and, between them, hyphens: 1 to 32 in all. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let is_bounded = (1..=NAME_CHARS_MAX).contains(&text.len());
        let is_whole = !text.starts_with('-') && !text.ends_with('-');
        (is_plain && is_bounded && is_whole).then(|| Self(text.to_owned()))
    }

    /// Names whose providers are built in.
    pub fn is_reserved(&self) -> bool {
        self.0 == GOOGLE || self.0 == GITHUB
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who somebody is at an issuer. Never reused there, and to be compared byte by byte: case matters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject(String);

impl Subject {
    /// 1 to 255 visible ASCII characters. `None` for anything else, so that no two spellings are one key in a table.
    pub fn parse(text: &str) -> Option<Self> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        ((1..=SUBJECT_CHARS_MAX).contains(&text.len()) && is_visible).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        for name in ["a", "acme", "acme-2", "0", &"a".repeat(32)] {
            assert_eq!(ProviderName::parse(name).unwrap().as_str(), name);
        }
        for text in ["", "-", "-a", "a-", "Acme", "a_b", "a.b", "a/b", "ä", "a b", &"a".repeat(33)] {
            assert_eq!(ProviderName::parse(text), None, "{text:?}");
        }
        assert!(ProviderName::parse("google").unwrap().is_reserved());
        assert!(!ProviderName::parse("googles").unwrap().is_reserved());
    }

    #[test]
    fn a_subject_is_visible_ascii_and_keeps_its_case() {
        assert_ne!(Subject::parse("aB|1"), Subject::parse("ab|1"));
        assert!(Subject::parse(&"s".repeat(255)).is_some());
        for text in ["", " ", "a b", "a\n", "ä", "a\0", &"s".repeat(256)] {
            assert_eq!(Subject::parse(text), None, "{text:?}");
        }
    }
}
