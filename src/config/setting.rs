//! What a setting is: the one declaration from which its value, its messages and its documentation come.

use std::fmt;

/// One environment variable. All but those of further providers have names that are known here.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    pub name: &'a str,
    pub fallback: Fallback,
    pub allowed: Allowed,
    /// A fragment for the documentation: what the setting decides, with its unit.
    pub meaning: &'static str,
    /// A secret is never shown, and may also come from the file that `<name>_FILE` names.
    pub secret: bool,
}

/// What holds when nobody sets it.
#[derive(Clone, Copy, Debug)]
pub enum Fallback {
    /// This text, parsed like a given one.
    Written(&'static str),
    /// Worked out from something else; the text says from what.
    Derived(&'static str),
    /// Nothing: the setting is absent, or its absence is a mistake.
    Nothing,
}

/// What a value may be. The parser takes its bounds from here, and the messages their words.
#[derive(Clone, Copy, Debug)]
pub enum Allowed {
    /// A whole number between two bounds, both allowed, of `unit` (empty where a number counts nothing).
    Whole { least: u64, most: u64, unit: &'static str },
    /// One of these words, exactly as written.
    Words(&'static [&'static str]),
    /// Whatever this fragment describes.
    Text(&'static str),
}

/// Settings that belong together, with the words that introduce them on the pages.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub title: &'static str,
    pub introduction: &'static str,
    pub settings: &'static [Setting<'static>],
}

impl Setting<'static> {
    pub(super) const fn new(name: &'static str, fallback: Fallback, allowed: Allowed, meaning: &'static str) -> Self {
        Self { name, fallback, allowed, meaning, secret: false }
    }

    pub(super) const fn secret(name: &'static str, allowed: Allowed, meaning: &'static str) -> Self {
        Self { name, fallback: Fallback::Nothing, allowed, meaning, secret: true }
    }

    /// The same setting under another name.
    pub(super) const fn named(self, name: &str) -> Setting<'_> {
        Setting { name, fallback: self.fallback, allowed: self.allowed, meaning: self.meaning, secret: self.secret }
    }
}

impl Setting<'_> {
    /// The variable that names a file holding the value; only secrets have this twin.
    #[must_use]
    pub fn file_twin(&self) -> Option<String> {
        self.secret.then(|| format!("{}_FILE", self.name))
    }
}

impl Allowed {
    pub(super) const fn whole(least: u64, most: u64, unit: &'static str) -> Self {
        Self::Whole { least, most, unit }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { least, most, unit: "" } => write!(f, "a whole number from {least} to {most}"),
            Self::Whole { least, most, unit } => write!(f, "a whole number of {unit} from {least} to {most}"),
            Self::Words(words) => match words.split_last() {
                Some((last, [])) => f.write_str(last),
                Some((last, rest)) => write!(f, "{} or {last}", rest.join(", ")),
                None => Ok(()),
            },
            Self::Text(text) => f.write_str(text),
        }
    }
}
