//! Words that make a password easy to guess for whoever knows the account: parts of its names, and the product's name.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::domain::text;

/// Shorter ones stand in too many other words to mean anything.
const WORD_CHARS_MIN: usize = 4;
/// A display name may hold many; nobody's passwords are guessed by the thirty-third.
const WORDS_MAX: usize = 32;
const PRODUCT: &str = "keystead";

/// Folded, so that case and width of letters make no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(BTreeSet<String>);

impl Words {
    /// The product's name and what the account's names are made of: each as a whole, and its parts. The last part of a
    /// domain, `org` or `info`, tells nothing about anybody.
    pub fn of(email: Option<&str>, username: Option<&str>, display_name: Option<&str>) -> Self {
        let mut words = Self([PRODUCT.to_owned()].into());
        if let Some((local, domain)) = email.and_then(|email| email.rsplit_once('@')) {
            words.take(local);
            words.take(domain.rsplit_once('.').map_or(domain, |(name, _)| name));
        }
        for name in [username, display_name].into_iter().flatten() {
            words.take(name);
        }
        words
    }

    fn take(&mut self, name: &str) {
        let name = text::compatibility_folded(name);
        let parts = name.split(|part: char| !part.is_alphanumeric());
        for word in std::iter::once(name.as_str()).chain(parts) {
            if word.chars().count() >= WORD_CHARS_MIN && self.0.len() < WORDS_MAX {
                self.0.insert(word.to_owned());
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many characters of a text, folded, stand in none of these words; `None` where none of them occurs.
    pub(super) fn chars_beside(&self, password: &str) -> Option<usize> {
        let folded = text::compatibility_folded(password);
        let mut covered: Vec<Range<usize>> = self.iter().flat_map(|word| occurrences(&folded, word)).collect();
        if covered.is_empty() {
            return None;
        }
        covered.sort_by_key(|range| range.start);
        let mut beside = 0;
        let mut end = 0;
        for range in covered {
            beside += folded.get(end..range.start).map_or(0, |gap| gap.chars().count());
            end = end.max(range.end);
        }
        Some(beside + folded[end..].chars().count())
    }
}

/// Those that overlap too: `anana` stands twice in `ananana`.
fn occurrences<'a>(folded: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let starts = folded.char_indices().map(|(at, _)| at);
    starts.filter(move |at| folded[*at..].starts_with(word)).map(move |at| at..at + word.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ada() -> Words {
        Words::of(Some("Ada.Lovelace+x@mail.Example.org"), Some("countess"), Some("Augusta Ada King"))
    }

    #[test]
    fn names_give_themselves_and_their_parts() {
        let ada = ada();
        let words: Vec<_> = ada.iter().collect();
        let expected = [
            "ada.lovelace+x",
            "augusta",
            "augusta ada king",
            "countess",
            "example",
            "keystead",
            "king",
            "lovelace",
            "mail",
            "mail.example",
        ];
        assert_eq!(words, expected);
        let many = (1_000..2_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(Words::of(None, None, Some(&many)).iter().count(), WORDS_MAX);
        assert_eq!(Words::of(Some("no address"), None, None).iter().collect::<Vec<_>>(), ["keystead"]);
    }

    #[test]
    fn what_stands_in_no_word_is_counted() {
        for (password, beside) in [
            ("correct horse", None),
            ("Lovelace", Some(0)),
            ("ＬＯＶＥＬＡＣＥ1815", Some(4)),
            ("x-keystead-keystead-y", Some(5)),
            ("mail.example!", Some(1)),
            ("thinking of augusta", Some(8)),
        ] {
            assert_eq!(ada().chars_beside(password), beside, "{password}");
        }
        let overlapping = Words::of(None, Some("anana"), None);
        assert_eq!(overlapping.chars_beside("ananana!"), Some(1));
    }

    proptest! {
        #[test]
        fn whatever_is_written_something_can_be_counted(email in any::<Option<String>>(), name in any::<Option<String>>(),
            password in any::<String>()) {
            let words = Words::of(email.as_deref(), name.as_deref(), name.as_deref());
            let all = text::compatibility_folded(&password).chars().count();
            prop_assert!(words.chars_beside(&password).is_none_or(|beside| beside < all));
        }
    }
}
