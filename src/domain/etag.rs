//! Validators of what the API shows (RFC 9110, section 8.8), and what a client demands of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Of the hash, which is enough for two states of one thing never to share a tag.
const BYTES: usize = 16;

/// A strong validator: the hash of all that a representation is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag(String);

impl Etag {
    /// `parts`: in a fixed order, each of them always there.
    pub fn of<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let part = part.as_ref();
            // With its length, so that no two lists of parts read alike.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        Self(format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..BYTES])))
    }

    /// As it stands in the header, with its quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `If-Match`: of which state a thing has to be for a change to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing was demanded.
    #[default]
    None,
    /// That there is one.
    Any,
    /// Of one of these, each with its quotes.
    OneOf(Vec<String>),
}

impl Precondition {
    /// `None` for a text that is no `If-Match`. A weak tag is read, and matches nothing (section 13.1.1).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t']);
        if text == "*" {
            return Some(Self::Any);
        }
        let tags = text.split(',').map(|tag| tag.trim_matches([' ', '\t'])).filter(|tag| !tag.is_empty());
        let tags: Option<Vec<String>> = tags.map(|tag| is_tag(tag).then(|| tag.to_owned())).collect();
        tags.filter(|tags| !tags.is_empty()).map(Self::OneOf)
    }

    pub fn holds_for(&self, etag: &Etag) -> bool {
        match self {
            Self::None | Self::Any => true,
            Self::OneOf(tags) => tags.contains(&etag.0),
        }
    }
}

/// Ours hold no comma, so a tag with one is not ours, and need not be told from two.
fn is_tag(tag: &str) -> bool {
    let opaque = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    opaque.is_some_and(|opaque| opaque.bytes().all(|byte| byte > b' ' && byte != b'"' && byte != 0x7f))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let tags = [Etag::of(["ab", "c"]), Etag::of(["a", "bc"]), Etag::of(["abc"]), Etag::of(["abc", ""])];
        for (place, tag) in tags.iter().enumerate() {
            assert_eq!(tags.iter().position(|other| other == tag), Some(place), "{tags:?}");
        }
    }

    #[test]
    fn a_demand_is_met_by_a_strong_tag_of_its_list() {
        let tag = Etag::of(["a"]);
        let text = tag.as_str();
        for (header, holds) in [
            ("*".to_owned(), true),
            (text.to_owned(), true),
            (format!("\"x\", {text}"), true),
            (format!("\"x\" ,\t{text},"), true),
            (format!("W/{text}"), false),
            ("\"x\"".to_owned(), false),
        ] {
            assert_eq!(Precondition::parse(&header).map(|demand| demand.holds_for(&tag)), Some(holds), "{header}");
        }
        for header in ["", ",", "x", "\"", "\"a b\"", "* , \"x\"", "\"x\" \"y\"", "w/\"x\""] {
            assert_eq!(Precondition::parse(header), None, "{header}");
        }
        assert!(Precondition::None.holds_for(&tag));
    }

    proptest! {
        #[test]
        fn a_tag_is_read_as_it_was_written(parts in prop::collection::vec(any::<Vec<u8>>(), 0..4)) {
            let tag = Etag::of(parts);
            prop_assert!(Precondition::parse(tag.as_str()).is_some_and(|demand| demand.holds_for(&tag)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = Precondition::parse(&text);
        }
    }
}
