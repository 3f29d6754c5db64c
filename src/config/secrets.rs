//! The root key: everything that is sealed or authenticated at rest hangs on it.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::development_key;
use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::server::Environment;
use super::setting::Allowed::Text;
use super::setting::{Section, Setting};

/// As long as the keys that HKDF-SHA-256 makes of it.
const KEY_BYTES_MIN: usize = 32;
/// 32 random hex digits have fewer than 8 different ones in one of 27 million keys; `changeme` repeated has 7.
const DIFFERENT_BYTES_MIN: usize = 8;

const KEY: super::Allowed = Text("a random text of at least 32 bytes, as `openssl rand -base64 48` prints it");
pub(super) const SECRET_KEY: Setting = Setting::secret(
    "SECRET_KEY",
    KEY,
    "root of all sealing and MAC keys; in development made in secret.key beside the database",
);
const SECRET_KEY_PREVIOUS: Setting =
    Setting::secret("SECRET_KEY_PREVIOUS", KEY, "opens what was sealed before SECRET_KEY was changed");

pub(super) const SECTION: Section = Section {
    title: "Secrets",
    introduction: "Every secret has a twin with _FILE at the end of its name, which names a file that holds the value.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[SECRET_KEY, SECRET_KEY_PREVIOUS];

#[derive(Clone, Debug)]
pub struct SecretSettings {
    /// At least 32 bytes of text, not yet stretched: HKDF makes the keys for each use from its bytes.
    pub key: SecretString,
    pub previous: Option<SecretString>,
    pub origin: KeyOrigin,
}

/// Where the key came from, for the line that `serve` prints about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    Given,
    /// Read from the development key file.
    Kept(PathBuf),
    /// Made just now, in the development key file.
    Made(PathBuf),
    /// The development key file is not there, and was to be left so: the key is good for nothing.
    Missing(PathBuf),
}

/// What becomes of a development key that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissingKey {
    IsMade,
    IsLeftMissing,
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    environment: Environment,
    data_dir: Result<PathBuf, Noted>,
    missing: MissingKey,
) -> Result<SecretSettings, Noted> {
    let given = reader.optional(&SECRET_KEY, |text| strong(text, environment));
    let previous = reader.optional(&SECRET_KEY_PREVIOUS, |text| strong(text, Environment::Development));
    if let (Ok(Some(key)), Ok(Some(previous))) = (&given, &previous)
        && key.expose_secret() == previous.expose_secret()
    {
        reader.note(Mistake::new(SECRET_KEY_PREVIOUS.name, "is the same as SECRET_KEY", "must be the key before it"));
    }
    let (key, origin) = match given? {
        Some(key) => (key, KeyOrigin::Given),
        None => without_a_given_key(reader, environment, data_dir, missing)?,
    };
    Ok(SecretSettings { key, previous: previous?, origin })
}

fn without_a_given_key(
    reader: &mut Reader<'_>,
    environment: Environment,
    data_dir: Result<PathBuf, Noted>,
    missing: MissingKey,
) -> Result<(SecretString, KeyOrigin), Noted> {
    if environment == Environment::Production {
        return Err(
            reader.missing(&SECRET_KEY, format!("in production it must be {KEY}, or SECRET_KEY_FILE a file of it"))
        );
    }
    // Nothing is written by a start that will be refused.
    if let Some(noted) = reader.noted() {
        return Err(noted);
    }
    let path = data_dir?.join("secret.key");
    if missing == MissingKey::IsLeftMissing && !path.exists() {
        return Ok((development_key::random(), KeyOrigin::Missing(path)));
    }
    match development_key::open_or_make(&path) {
        Ok((key, made)) if key.expose_secret().len() >= KEY_BYTES_MIN => {
            Ok((key, if made { KeyOrigin::Made(path) } else { KeyOrigin::Kept(path) }))
        }
        Ok(_) => {
            let was = format!("is not set, and {} holds fewer than 32 bytes", path.display());
            Err(reader.note(Mistake::new(SECRET_KEY.name, was, "restore that file, or set SECRET_KEY")))
        }
        Err(error) => {
            let was = format!("is not set, and the development key {} cannot be used: {error}", path.display());
            Err(reader.note(Mistake::new(SECRET_KEY.name, was, "mend that file or folder, or set SECRET_KEY")))
        }
    }
}

/// Long enough, and in production not evidently typed by hand.
fn strong(text: &str, environment: Environment) -> Option<SecretString> {
    let mut different: Vec<u8> = text.bytes().collect();
    different.sort_unstable();
    different.dedup();
    let varied = environment == Environment::Development || different.len() >= DIFFERENT_BYTES_MIN;
    (text.len() >= KEY_BYTES_MIN && varied).then(|| SecretString::from(text))
}
