//! What people call a service client.

/// As wide as the column.
const CHARS_MAX: usize = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 128 characters, without spaces around them and without control characters")]
pub struct NotAClientName;

impl ClientName {
    /// # Errors
    /// [`NotAClientName`]. Spaces at the end would be none to MySQL, which compares as if they were not there.
    pub fn parse(text: &str) -> Result<Self, NotAClientName> {
        let is_good = !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control);
        if is_good && text.chars().count() <= CHARS_MAX { Ok(Self(text.to_owned())) } else { Err(NotAClientName) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_spaces_around_it() {
        for text in ["a", "Billing, nightly", &"ä".repeat(128)] {
            assert_eq!(ClientName::parse(text).map(|name| name.as_str() == text), Ok(true));
        }
        for text in ["", " ", "a ", " a", "a\n", "a\0b", &"ä".repeat(129)] {
            assert_eq!(ClientName::parse(text), Err(NotAClientName), "{text:?}");
        }
    }
}
