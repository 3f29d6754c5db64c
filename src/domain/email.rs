//! An e-mail address: shown as its owner wrote it, compared by a key.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::text;

/// Bytes before the `@` (RFC 5321, section 4.5.3.1.1).
pub const LOCAL_BYTES_MAX: usize = 64;
/// Bytes in all: a path of 256 (RFC 5321, section 4.5.3.1.3) less its two angle brackets. Holds for the key too.
pub const EMAIL_BYTES_MAX: usize = 254;

/// An address that mail could be sent to. Two are the same account's when their [`Email::key`]s are equal.
///
/// Equality of the type itself is that of the written form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email {
    as_entered: String,
    key: String,
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("an e-mail address is one name, one @ and one domain")]
    Shape,
    #[error("an e-mail address has at most 64 bytes before the @ and 254 in all")]
    TooLong,
    #[error("the part before the @ holds a character, or a dot in a place, that it cannot")]
    Local,
    #[error("the part after the @ is no domain name")]
    Domain,
}

impl Email {
    /// Trims and normalises (NFC), then checks. A quoted local part (`"a b"@example.org`) is refused: hardly anybody
    /// has one, and every mail program reads it in its own way. A domain of one label passes, for intranets.
    ///
    /// # Errors
    /// What is wrong first; nothing of the text is repeated in it.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let as_entered = text::nfc(text.trim());
        let (local, domain) = as_entered.split_once('@').ok_or(EmailError::Shape)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(EmailError::Shape);
        }
        if !is_dot_atom(local) {
            return Err(EmailError::Local);
        }
        let local_key = text::case_folded(local);
        if as_entered.len() > EMAIL_BYTES_MAX || local.len().max(local_key.len()) > LOCAL_BYTES_MAX {
            return Err(EmailError::TooLong);
        }
        let key = format!("{local_key}@{}", domain_key(domain)?);
        if key.len() > EMAIL_BYTES_MAX {
            return Err(EmailError::TooLong);
        }
        Ok(Self { as_entered, key })
    }

    /// The address to show and to write to.
    pub fn as_entered(&self) -> &str {
        &self.as_entered
    }

    /// The address to compare and to look up by: local part case-folded, domain in ASCII and lower case. Parsing a key
    /// gives the same key.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The beginning of addresses, as they are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailPrefix(String);

impl EmailPrefix {
    /// `None` for what no address begins with. A domain that is whole is taken in ASCII, as it is compared; of one that is
    /// cut off nobody can say what it is in ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(email) = Email::parse(text) {
            return Some(Self(email.key));
        }
        let key = text::case_folded(&text::nfc(text.trim()));
        let may_stand = |character: char| character == '@' || is_atom_character(character) || character == '.';
        let fits = (1..=EMAIL_BYTES_MAX).contains(&key.len()) && key.chars().all(may_stand);
        fits.then_some(Self(key))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `dot-atom` (RFC 5322, section 3.2.3) with RFC 6531's characters beyond ASCII, less those that deceive the eye.
fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
}

fn is_atom_character(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character);
    }
    !(character.is_whitespace() || text::is_control(character) || text::is_invisible(character))
}

/// UTS 46 in its strict form: LDH characters, labels of 1–63 and a name of at most 253 bytes, no root dot.
fn domain_key(domain: &str) -> Result<String, EmailError> {
    let ascii = Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify);
    ascii.map(std::borrow::Cow::into_owned).map_err(|_| EmailError::Domain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> Result<String, EmailError> {
        Email::parse(text).map(|email| email.key)
    }

    #[test]
    fn an_address_is_shown_as_entered_and_compared_by_its_key() {
        let email = Email::parse("  Jo\u{308}rg.Groß+a@BÜCHER.Example\n").unwrap();
        assert_eq!(email.as_entered(), "Jörg.Groß+a@BÜCHER.Example");
        assert_eq!(email.key(), "jörg.gross+a@xn--bcher-kva.example");
        assert_eq!(key("a@xn--BCHER-kva.example"), key("A@bücher。example"));
        assert_eq!(key("root@localhost").unwrap(), "root@localhost");
    }

    #[test]
    fn a_beginning_is_compared_as_a_whole_address_is() {
        let prefix = |text: &str| EmailPrefix::parse(text).map(|prefix| prefix.0);
        assert_eq!(prefix(" Jörg.GROSS").unwrap(), prefix("jörg.groß").unwrap());
        assert_eq!(prefix("A@BÜCHER.Example").unwrap(), "a@xn--bcher-kva.example");
        assert_eq!(prefix("ada@exa").unwrap(), "ada@exa");
        for text in ["", " ", "a b", "a\0", &"a".repeat(255)] {
            assert_eq!(prefix(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_named() {
        use EmailError::{Domain, Local, Shape};
        for text in ["", "@", "ada", "@example.org", "ada@", "a@b@example.org", "ada@example.org@"] {
            assert_eq!(key(text), Err(Shape), "{text:?}");
        }
        for local in
            ["a b", "\"a\"", "a..b", ".a", "a.", "a\0", "a\u{202E}", "a\u{200B}", "a\u{3164}", "a,b", "<a", "a\r\n"]
        {
            assert_eq!(key(&format!("{local}@example.org")), Err(Local), "{local:?}");
        }
        // Normalisation turns this Greek question mark into an ASCII semicolon, so it has to come first.
        assert_eq!(key("a\u{37E}b@example.org"), Err(Local));
        for domain in
            ["a..b", ".a", "a.", "-a.b", "a-.b", "a_b.c", "[127.0.0.1]", "a b", "xn--a", "a\0", "ab--c.d", "a\u{202E}b"]
        {
            assert_eq!(key(&format!("ada@{domain}")), Err(Domain), "{domain:?}");
        }
        assert_eq!(key(&format!("ada@{}.org", "a".repeat(64))), Err(Domain));
    }

    #[test]
    fn lengths_are_those_of_rfc_5321_and_hold_for_the_key_too() {
        let domain = format!("{0}.{0}.{0}", "d".repeat(62));
        assert!(key(&format!("{}@{}", "a".repeat(64), domain)).is_ok());
        assert_eq!(key(&format!("{}@{}", "a".repeat(65), "b.c")), Err(EmailError::TooLong));
        assert_eq!(key(&format!("{}@{domain}.d", "a".repeat(64))), Err(EmailError::TooLong));
        // 32 of them are 64 bytes, but fold into 96.
        assert_eq!(key(&format!("{}@b.c", "ŉ".repeat(32))), Err(EmailError::TooLong));
    }

    fn nearly_an_address() -> impl Strategy<Value = String> {
        let local = "[a-zA-Z0-9.+'ßÄİŉΣſ\u{345}\u{301}\u{1F80}-\u{1FFF}\u{E0}-\u{17F}\u{10A0}-\u{10C5}]{1,12}";
        let label = "[a-zA-Z0-9ßÄİΣſ\u{E0}-\u{17F}\u{400}-\u{4FF}\u{3042}-\u{3090}-]{1,8}";
        (local, prop::collection::vec(label, 1..4)).prop_map(|(local, labels)| format!("{local}@{}", labels.join(".")))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_key_of_a_key_is_itself(text in prop_oneof![nearly_an_address(), any::<String>(), "\\PC{1,9}@\\PC{9}"]) {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.key()).expect("a key is an address");
                prop_assert_eq!(again.key(), email.key());
                let shown = Email::parse(email.as_entered()).expect("what is shown is an address");
                prop_assert_eq!(shown, email);
            }
        }
    }
}
