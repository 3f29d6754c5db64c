//! Where values come from: flags, then the environment, then `.env`. The only file that reads the environment.
//!
//! The first of them that names a variable decides; an empty value there means the default, as compose files write it
//! (`DB_HOST: ${DB_HOST:-}`). Nothing is ever written back into the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read};
use std::path::Path;

use super::mistake::Mistake;

/// A `.env` has some hundred lines; 1 MiB is far beyond any, and keeps a mistaken device or log file out of memory.
const DOTENV_BYTES_MAX: u64 = 1024 * 1024;

/// Which of the three layers a value came from; their order is their precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Flags,
    Environment,
    DotEnv,
}

/// All that the configuration is read from, as data.
pub struct Source {
    layers: [(Layer, BTreeMap<String, String>); 3],
    /// Variables of the environment whose value is not UTF-8.
    not_unicode: BTreeSet<String>,
    /// What was wrong with `.env` itself.
    pub(super) mistakes: Vec<Mistake>,
}

impl Source {
    /// A source from given values; of several with one name the last holds.
    pub fn from_parts(
        environment: impl IntoIterator<Item = (String, String)>,
        dotenv: impl IntoIterator<Item = (String, String)>,
        overrides: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self {
            layers: [
                (Layer::Flags, overrides.into_iter().collect()),
                (Layer::Environment, environment.into_iter().collect()),
                (Layer::DotEnv, dotenv.into_iter().collect()),
            ],
            not_unicode: BTreeSet::new(),
            mistakes: Vec::new(),
        }
    }

    /// The environment of this process, `.env` in the current directory if there is one, and `overrides` from flags
    /// (named like the variables they stand for).
    pub fn of_this_process(overrides: impl IntoIterator<Item = (String, String)>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let (environment, not_unicode) = unicode_only(std::env::vars_os());
        let (dotenv, mistakes) = dotenv_in(Path::new(".env"));
        Self { not_unicode, mistakes, ..Self::from_parts(environment, dotenv, overrides) }
    }

    /// The layers from the strongest to the weakest.
    pub(super) fn layers(&self) -> impl Iterator<Item = (Layer, &BTreeMap<String, String>)> {
        self.layers.iter().map(|(layer, values)| (*layer, values))
    }

    pub(super) fn is_not_unicode(&self, name: &str) -> bool {
        self.not_unicode.contains(name)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flags => " (from the command line)",
            Self::Environment => "",
            Self::DotEnv => " (from .env)",
        })
    }
}

/// `std::env::vars` panics on a value that is not UTF-8; here it becomes a mistake, if the setting is one of ours.
fn unicode_only(variables: impl Iterator<Item = (OsString, OsString)>) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let (mut values, mut not_unicode) = (BTreeMap::new(), BTreeSet::new());
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => drop(values.insert(name, value)),
            Err(_) => drop(not_unicode.insert(name)),
        }
    }
    (values, not_unicode)
}

/// The variables of a `.env` file and what was wrong with it. A file that does not exist is an empty one.
fn dotenv_in(path: &Path) -> (Vec<(String, String)>, Vec<Mistake>) {
    let mut bytes = Vec::new();
    match std::fs::File::open(path).and_then(|file| file.take(DOTENV_BYTES_MAX + 1).read_to_end(&mut bytes)) {
        Ok(length) if length as u64 > DOTENV_BYTES_MAX => {
            (Vec::new(), vec![Mistake::new(".env", "is larger than 1 MiB", "must be a list of NAME=value lines")])
        }
        Ok(_) => parse_dotenv(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), Vec::new()),
        Err(error) => (Vec::new(), vec![Mistake::new(".env", format!("cannot be read ({error})"), "must be readable")]),
    }
}

fn parse_dotenv(bytes: &[u8]) -> (Vec<(String, String)>, Vec<Mistake>) {
    let (mut values, mut mistakes) = (Vec::<(String, String)>::new(), Vec::new());
    let without_mark = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    for line in dotenvy::Iter::new(without_mark) {
        match line {
            Ok(pair) => values.push(pair),
            // The error holds the line, and the line may hold a secret: only its place is told.
            Err(error) => {
                let place = values.last().map_or("at its start".to_owned(), |(name, _)| format!("after {name}"));
                let remedy = "must be NAME=value, in single quotes where the value has spaces, quotes, $ or #";
                mistakes.push(Mistake::new(".env", format!("has a line {place} that cannot be read"), remedy));
                if matches!(error, dotenvy::Error::Io(_)) {
                    break;
                }
            }
        }
    }
    (values, mistakes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn dotenv_is_read_with_a_byte_order_mark_quotes_and_comments() {
        let (values, mistakes) = parse_dotenv(b"\xEF\xBB\xBF# note\nA=1\nexport B='x $y # z'\nA=2\n");
        assert_eq!(mistakes, []);
        let expected = [("A", "1"), ("B", "x $y # z"), ("A", "2")];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_broken_line_is_told_by_its_place_and_never_by_its_text() {
        let (values, mistakes) = parse_dotenv(b"A=1\nSECRET_KEY=hunter two\nB=2\n");
        assert_eq!(values.len(), 2);
        assert_eq!(mistakes.len(), 1);
        let text = mistakes[0].to_string();
        assert!(text.contains("after A") && !text.contains("hunter"), "{text}");
    }

    #[test]
    fn bytes_that_are_no_text_end_the_reading_with_a_mistake() {
        let (_, mistakes) = parse_dotenv(b"A=1\nB=\xFF\xFE\n");
        assert_eq!(mistakes.len(), 1);
    }

    #[test]
    fn a_missing_dotenv_is_empty_and_a_folder_is_a_mistake() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(dotenv_in(&folder.path().join(".env")), (Vec::new(), Vec::new()));
        assert_eq!(dotenv_in(folder.path()).1.len(), 1);
    }

    #[test]
    fn values_that_are_not_unicode_are_kept_apart() {
        let odd = OsString::from_vec(vec![0xFF]);
        let variables = [("A".into(), "1".into()), ("B".into(), odd.clone()), (odd, "x".into())];
        let (values, not_unicode) = unicode_only(variables.into_iter());
        assert_eq!(values.into_keys().collect::<Vec<_>>(), ["A"]);
        assert_eq!(not_unicode.into_iter().collect::<Vec<_>>(), ["B"]);
    }
}
