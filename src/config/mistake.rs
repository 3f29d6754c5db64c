//! What is wrong with a configuration, in words for the person who wrote it.

use std::fmt;

/// Longer values are cut in messages: a certificate pasted into a port would hide the other mistakes.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// One mistake: the variable, what it was (never for a secret), what it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub variable: String,
    pub was: String,
    pub remedy: String,
}

/// Every mistake of one reading; its text has one line for each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistake {
    pub(super) fn new(variable: &str, was: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { variable: variable.to_owned(), was: was.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.variable, self.was, self.remedy)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, mistake) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "\n" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

/// `is "…"` for a value that may be shown: escaped, so that it cannot fake a line of its own, and cut.
pub(super) fn shown(value: &str) -> String {
    // A URL with user:password@ is a secret wherever it was put.
    if value.contains("://") && value.contains('@') {
        return "is a URL with credentials (not shown)".to_owned();
    }
    let mut characters = value.chars();
    let start: String = characters.by_ref().take(SHOWN_CHARACTERS_MAX).collect();
    let rest = if characters.next().is_some() { " and more" } else { "" };
    format!("is {start:?}{rest}")
}
