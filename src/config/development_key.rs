//! The key that development makes for itself: a file of mode 0600 beside the database, made once, whole or not at all.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroize as _;

use crate::private_files::{self, Lasts};

/// The file has 43 characters and a newline; a longer one was made by somebody else.
const FILE_BYTES_MAX: u64 = 4096;

#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
    #[error("other users may read it (mode {0:04o}, must be 0600)")]
    OpenToOthers(u32),
    #[error("it is no text of at most 4096 bytes")]
    NoKey,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The key in the file at `path`, and whether it was made just now.
///
/// Two processes that start at once end with the same key: whose file is there first counts.
pub(super) fn open_or_make(path: &Path) -> Result<(SecretString, bool), KeyFileError> {
    match open(path) {
        Err(KeyFileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => make(path),
        opened => opened.map(|key| (key, false)),
    }
}

fn open(path: &Path) -> Result<SecretString, KeyFileError> {
    let file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::OpenToOthers(mode));
    }
    let mut text = String::new();
    let length = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidData { KeyFileError::NoKey } else { KeyFileError::Io(error) }
    })?;
    let key = SecretString::from(text.trim_end());
    text.zeroize();
    if length as u64 > FILE_BYTES_MAX { Err(KeyFileError::NoKey) } else { Ok(key) }
}

/// As the file holds it, without a newline.
pub(super) fn random() -> SecretString {
    SecretString::from(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

fn make(path: &Path) -> Result<(SecretString, bool), KeyFileError> {
    private_files::make_folder(private_files::folder_of(path))?;
    let mut line = format!("{}\n", random().expose_secret());
    // What is sealed next would be lost with it.
    let put = private_files::put_new(path, line.as_bytes(), Lasts::Yes);
    line.zeroize();
    let made = put?;
    open(path).map(|key| (key, made))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn a_key_is_made_once_with_mode_0600_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/deep/secret.key");
        let (first, made) = open_or_make(&path).unwrap();
        assert!(made);
        assert_eq!(first.expose_secret().len(), 43);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        let (second, made) = open_or_make(&path).unwrap();
        assert!(!made);
        assert_eq!(first.expose_secret(), second.expose_secret());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn processes_that_start_at_once_end_with_one_key() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("secret.key");
            let barrier = Barrier::new(8);
            let start = || {
                barrier.wait();
                open_or_make(&path).unwrap()
            };
            let keys: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(keys.iter().filter(|(_, made)| *made).count(), 1);
            assert!(keys.iter().all(|(key, _)| key.expose_secret() == keys[0].0.expose_secret()));
        }
    }

    #[test]
    fn a_key_others_may_read_is_refused_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        open_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = open_or_make(&path).unwrap_err().to_string();
        assert!(error.contains("0640"), "{error}");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(matches!(open_or_make(&path), Err(KeyFileError::Io(_))));
        fs::remove_dir(&path).unwrap();
        for bytes in [vec![b'a'; 5000], vec![0xFF; 40]] {
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(open_or_make(&path), Err(KeyFileError::NoKey)));
        }
    }
}
