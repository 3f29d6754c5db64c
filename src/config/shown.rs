//! Each setting with its value and where that came from, for people who look for the one that is not as they thought.
//!
//! Nothing is judged here: a value is shown as it was written, also one that [`super::Config::read`] refuses. A secret is
//! never shown, and neither is a URL with credentials in it, wherever somebody put that.

use super::oauth_providers;
use super::setting::{Fallback, Setting};
use super::source::{Layer, Source};
use super::{SECTIONS, oauth};

/// A setting, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The title of its section.
    pub section: &'static str,
    pub name: String,
    /// None where it has none, or where it must not be seen.
    pub value: Option<String>,
    pub is_secret: bool,
    /// Whether somebody set it, to something that is not empty.
    pub is_set: bool,
    pub from: Origin,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    CommandLine,
    Environment,
    DotEnv,
    /// The file that this path names, by its twin with `_FILE`.
    File(String),
    /// What is written in the program, or worked out: then this says from what.
    Default(Option<&'static str>),
}

impl Origin {
    /// For scripts.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::CommandLine => "command_line",
            Self::Environment => "environment",
            Self::DotEnv => ".env",
            Self::File(_) => "file",
            Self::Default(_) => "default",
        }
    }
}

/// All settings, in the order of the pages; those of further providers follow on the sign-in with providers.
#[must_use]
pub fn shown(source: &Source) -> Vec<Shown> {
    let mut all = Vec::new();
    for section in SECTIONS {
        for setting in section.settings.iter().filter(|setting| !oauth_providers::is_example(setting)) {
            all.push(one(source, section.title, setting));
        }
        if section.title == oauth::SECTION.title {
            for (name, declared) in oauth_providers::of_further_providers(source) {
                all.push(one(source, section.title, &declared.named(&name)));
            }
        }
    }
    all
}

fn one(source: &Source, section: &'static str, setting: &Setting<'_>) -> Shown {
    let (value, from) = found(source, setting);
    let is_set = !matches!(from, Origin::Default(_));
    let value =
        value.filter(|_| !setting.secret).map(|value| if has_credentials(&value) { HIDDEN.into() } else { value });
    Shown { section, name: setting.name.to_owned(), value, is_secret: setting.secret, is_set, from }
}

const HIDDEN: &str = "(a URL with credentials, not shown)";

fn has_credentials(value: &str) -> bool {
    value.contains("://") && value.contains('@')
}

/// As [`super::reader::Reader::given`] finds it: the first layer that names it decides, and what is empty there is the
/// default.
fn found(source: &Source, setting: &Setting<'_>) -> (Option<String>, Origin) {
    let twin = setting.file_twin();
    for (layer, values) in source.layers() {
        let from = match layer {
            Layer::Flags => Origin::CommandLine,
            Layer::Environment => Origin::Environment,
            Layer::DotEnv => Origin::DotEnv,
        };
        if layer == Layer::Environment && source.is_not_unicode(setting.name) {
            return (Some("(not UTF-8)".to_owned()), from);
        }
        let (text, path) = (values.get(setting.name), twin.as_ref().and_then(|twin| values.get(twin)));
        match (text, path) {
            (None, None) => {}
            (_, Some(path)) if !path.is_empty() => return (None, Origin::File(path.clone())),
            (Some(text), _) if !text.trim().is_empty() => return (Some(text.trim().to_owned()), from),
            (Some(_), _) | (None, Some(_)) => break,
        }
    }
    match setting.fallback {
        Fallback::Written(text) => (Some(text.to_owned()), Origin::Default(None)),
        Fallback::Derived(from) => (None, Origin::Default(Some(from))),
        Fallback::Nothing => (None, Origin::Default(None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_value_has_its_origin_and_no_secret_is_shown() {
        let source = Source::from_parts(
            owned(&[
                ("LISTEN", " b "),
                ("SECRET_KEY", "hunter2"),
                ("LOG_LEVEL", ""),
                ("PUBLIC_URL", "http://a:hunter2@b"),
            ]),
            owned(&[("LISTEN", "c"), ("LOG_LEVEL", "debug"), ("DB_PASSWORD_FILE", "/run/p"), ("OPS_LISTEN", "d")]),
            owned(&[("DB_PATH", "e")]),
        );
        let all = shown(&source);
        let of = |name: &str| all.iter().find(|shown| shown.name == name).cloned().unwrap();
        let found = |name: &str| (of(name).value, of(name).from);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(found("LISTEN"), (text("b"), Origin::Environment), "it stands above .env");
        assert_eq!(found("OPS_LISTEN"), (text("d"), Origin::DotEnv));
        assert_eq!(found("DB_PATH"), (text("e"), Origin::CommandLine));
        assert_eq!(found("LOG_LEVEL").1, Origin::Default(None), "an empty value means the default");
        assert_eq!(found("DB_PASSWORD"), (None, Origin::File("/run/p".into())));
        assert_eq!(found("DB_PORT").1, Origin::Default(Some("3306 for mysql, 5432 for postgres")));
        assert_eq!((of("SECRET_KEY").is_set, of("ADMIN_PASSWORD").is_set), (true, false));
        assert!(!format!("{all:?}").contains("hunter2"));
    }

    #[test]
    fn further_providers_show_their_own_settings_and_the_example_is_none() {
        let set =
            [("OIDC_PROVIDERS", "big-corp"), ("OIDC_BIG_CORP_ISSUER", "x"), ("OIDC_BIG_CORP_CLIENT_SECRET", "hunter2")];
        let all = shown(&Source::from_parts(owned(&set), [], []));
        let issuer = all.iter().find(|shown| shown.name == "OIDC_BIG_CORP_ISSUER").unwrap();
        assert_eq!((issuer.value.as_deref(), &issuer.from), (Some("x"), &Origin::Environment));
        assert!(!all.iter().any(|shown| shown.name.contains("ACME")) && !format!("{all:?}").contains("hunter2"));
    }
}
