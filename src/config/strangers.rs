//! Names that nobody here listens to: misspelt `KEYSTEAD_*` variables, and those of the earlier system.

use super::mistake::Mistake;
use super::reader::Reader;
use super::setting::Setting;
use super::{all_settings, secrets, server};

const PREFIX: &str = "KEYSTEAD_";

pub(super) fn check(reader: &mut Reader<'_>) {
    unknown(reader);
    earlier_name(reader, "FLASK_ENV", &server::ENVIRONMENT, "development or production");
    earlier_name(reader, "FLASK_SECRET_KEY", &secrets::SECRET_KEY, "a new random text of at least 32 bytes");
}

/// The value is never shown: it may be a secret under a wrong name.
fn unknown(reader: &mut Reader<'_>) {
    let known = all_settings();
    let is_known = |name: &str| known.iter().any(|setting| setting.name == name);
    for (layer, values) in reader.source.layers() {
        for name in values.keys().filter(|name| name.starts_with(PREFIX) && !is_known(name)) {
            let bare = &name[PREFIX.len()..];
            let twin_of = bare.strip_suffix("_FILE");
            let remedy = if is_known(bare) || twin_of.is_some_and(is_known) {
                format!("did you mean {bare}?")
            } else {
                format!("must be {} or go", server::ENVIRONMENT.name)
            };
            reader.note(Mistake::new(&format!("{name}{layer}"), "is no setting of Keystead", remedy));
        }
    }
}

/// Harmless once the new name is set: the old one may still be there for another program.
fn earlier_name(reader: &mut Reader<'_>, earlier: &str, setting: &Setting, to: &str) {
    let stands = reader.source.layers().any(|(_, values)| values.contains_key(earlier));
    if stands && !reader.is_given(setting) {
        let was = "belonged to the earlier system and is not read";
        reader.note(Mistake::new(earlier, was, format!("set {} to {to}", setting.name)));
    }
}
