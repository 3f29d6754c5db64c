//! What a node was started with, as one short text for the audit trail: it tells that something is another than it was,
//! never what. Secrets have no part in it, since a digest of a weak one could be tried.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::all_settings;
use super::source::Source;

/// Settings of further providers, whose names are made of theirs.
const OF_PROVIDERS: &str = "OIDC_";
/// What the name of a secret has in it.
const SECRET: &str = "SECRET";

/// SHA-256 in hexadecimal of what was set, by name.
pub(super) fn fingerprint(source: &Source) -> String {
    let known = all_settings();
    let is_told = |name: &str| {
        let is_open = known.iter().any(|setting| setting.name == name && !setting.secret);
        is_open || (name.starts_with(OF_PROVIDERS) && !name.contains(SECRET))
    };
    let mut set = BTreeMap::new();
    for (_, values) in source.layers() {
        for (name, value) in values.iter().filter(|(name, _)| is_told(name)) {
            // The strongest layer comes first. What is empty is not set.
            set.entry(name).or_insert(value);
        }
    }
    let mut hash = Sha256::new();
    for (name, value) in set.into_iter().filter(|(_, value)| !value.is_empty()) {
        for text in [name, value] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing into a String does not fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(environment: &[(&str, &str)], dotenv: &[(&str, &str)]) -> String {
        let owned = |given: &[(&str, &str)]| -> Vec<(String, String)> {
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        fingerprint(&Source::from_parts(owned(environment), owned(dotenv), []))
    }

    #[test]
    fn it_changes_with_what_is_set_and_not_with_secrets_or_strangers() {
        let usual = of(&[("LISTEN", "a"), ("SECRET_KEY", "b"), ("PATH", "c")], &[("OIDC_ACME_CLIENT_SECRET", "d")]);
        assert_eq!(usual.len(), 64);
        assert_eq!(usual, of(&[("SECRET_KEY", "x"), ("LOG_LEVEL", "")], &[("LISTEN", "a")]));
        assert_eq!(usual, of(&[("LISTEN", "a")], &[("LISTEN", "b")]), "the environment stands above the file");
        assert_ne!(usual, of(&[("LISTEN", "b")], &[]));
        assert_ne!(usual, of(&[("LISTEN", "a")], &[("OIDC_OTHER_ISSUER", "e")]));
        assert_ne!(of(&[("LISTEN", "a")], &[]), of(&[("LISTENA", "")], &[]));
    }
}
