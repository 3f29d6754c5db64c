//! What stands beside a backup: which file it is, of what, and under which key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::BackupError;
use crate::config::database::Target;
use crate::domain::audit_seal::SealKey;
use crate::private_files;
use crate::store::hexadecimal::{hex, unhex};

/// What is signed begins with this, so that no signature over something else is taken for one of these.
const LABEL: &[u8] = b"keystead backup manifest 1\n";
/// The form that is described here. One that is read differently gets another number.
const FORM: u32 = 1;
/// A manifest is a kilobyte; far beyond any, and little enough to read before anything is known of it.
const BYTES_MAX: u64 = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub form: u32,
    /// `sqlite`, `mysql` or `postgres`.
    pub kind: String,
    /// The version of this program.
    pub keystead: String,
    /// What wrote the file, in its own words.
    pub written_by: String,
    /// The newest migration.
    pub migration: i64,
    /// RFC 3339.
    pub at: String,
    pub bytes: u64,
    /// In hexadecimal digits, like the following.
    pub sha256: String,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Whether they were counted in the very moment that the file shows; `mysqldump` does not say which that was.
    pub rows_exact: bool,
    /// Which `SECRET_KEY` is needed, as every sealed value names it.
    pub secret_key: String,
    /// As `audit verify --expect` takes it.
    pub newest_seal: Option<String>,
    /// Over all of the above.
    #[serde(default)]
    pub signature: String,
}

impl Manifest {
    pub const FORM: u32 = FORM;

    pub(super) fn signed(self, key: &dyn SealKey) -> Result<Self, BackupError> {
        let signature = hex(&key.sign(&self.message()?));
        Ok(Self { signature, ..self })
    }

    pub(super) fn is_signed_by(&self, key: &dyn SealKey) -> Result<bool, BackupError> {
        let signature = unhex(&self.signature).unwrap_or_default();
        Ok(key.has_signed(&self.message()?, &signature))
    }

    /// Fields in the order in which they stand above, and maps in that of their keys: the same bytes every time.
    fn message(&self) -> Result<Vec<u8>, BackupError> {
        let unsigned = Self { signature: String::new(), ..self.clone() };
        let json = serde_json::to_vec(&unsigned).map_err(|cause| BackupError::NoManifest(cause.to_string()))?;
        Ok([LABEL, &json].concat())
    }

    pub(super) fn to_file(&self, path: &Path) -> Result<(), BackupError> {
        let json = serde_json::to_string_pretty(self).map_err(|cause| BackupError::NoManifest(cause.to_string()))?;
        let put = private_files::put_new(path, (json + "\n").as_bytes(), private_files::Lasts::Yes);
        let is_new = put.map_err(BackupError::file(path))?;
        if is_new { Ok(()) } else { Err(BackupError::ThereAlready(path.to_owned())) }
    }

    pub(super) fn of_file(path: &Path) -> Result<Self, BackupError> {
        use std::io::Read as _;
        let mut text = String::new();
        let opened = std::fs::File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_string(&mut text));
        opened.map_err(|cause| BackupError::NoManifest(format!("{}: {cause}", path.display())))?;
        let read: Self = serde_json::from_str(&text).map_err(|cause| BackupError::NoManifest(cause.to_string()))?;
        if read.form == FORM {
            return Ok(read);
        }
        Err(BackupError::NoManifest(format!("it is of form {}, and this version reads form {FORM}", read.form)))
    }
}

/// `FILE.manifest.json`.
pub fn manifest_of(file: &Path) -> PathBuf {
    private_files::beside(file, ".manifest.json")
}

pub(super) fn kind(target: &Target) -> &'static str {
    match target {
        Target::Sqlite { .. } => "sqlite",
        Target::MySql(_) => "mysql",
        Target::Postgres(_) => "postgres",
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    struct Key;

    impl SealKey for Key {
        fn sign(&self, message: &[u8]) -> Vec<u8> {
            Sha256::digest(message).to_vec()
        }

        fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
            self.sign(message) == signature
        }
    }

    fn manifest() -> Manifest {
        let rows = BTreeMap::from([("users".to_owned(), 2), ("roles".to_owned(), 3)]);
        Manifest {
            form: FORM,
            kind: "sqlite".to_owned(),
            keystead: "0.1.0".to_owned(),
            written_by: "SQLite".to_owned(),
            migration: 25,
            at: "2026-01-01T00:00:00.000Z".to_owned(),
            bytes: 7,
            sha256: hex(&[0xab; 32]),
            rows,
            rows_exact: true,
            secret_key: "01020304".to_owned(),
            newest_seal: None,
            signature: String::new(),
        }
    }

    #[test]
    fn what_was_written_is_read_and_what_was_changed_is_not_signed() {
        let folder = tempfile::tempdir().unwrap();
        let path = manifest_of(&folder.path().join("backup.db"));
        assert!(path.to_string_lossy().ends_with("backup.db.manifest.json"));
        let signed = manifest().signed(&Key).unwrap();
        signed.to_file(&path).unwrap();
        assert!(matches!(signed.to_file(&path), Err(BackupError::ThereAlready(_))));
        let read = Manifest::of_file(&path).unwrap();
        assert!(read == signed && read.is_signed_by(&Key).unwrap());
        let changed = [
            Manifest { sha256: hex(&[0xac; 32]), ..read.clone() },
            Manifest { kind: "mysql".to_owned(), ..read.clone() },
            Manifest { newest_seal: Some(String::new()), ..read.clone() },
            Manifest { rows: BTreeMap::new(), ..read.clone() },
            Manifest { signature: String::new(), ..read.clone() },
            Manifest { signature: "nonsense".to_owned(), ..read },
        ];
        for other in changed {
            assert!(!other.is_signed_by(&Key).unwrap(), "{other:?}");
        }
    }

    #[test]
    fn another_form_is_not_guessed_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m");
        Manifest { form: FORM + 1, ..manifest() }.to_file(&path).unwrap();
        assert!(matches!(Manifest::of_file(&path), Err(BackupError::NoManifest(why)) if why.contains("form 2")));
    }
}
