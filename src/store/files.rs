//! The SQLite file as the file system sees it: its folder and itself are its owner's alone.

use std::io;
use std::path::Path;

use crate::private_files;

/// Makes an empty file, which SQLite takes for an empty database, and its folder, where there is none; whether that was
/// so. SQLite gives the log beside it the same mode.
pub(super) fn make_database(path: &Path) -> io::Result<bool> {
    private_files::make_folder(private_files::folder_of(path))?;
    match private_files::create(path) {
        Ok(_) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(cause) => Err(cause),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_database_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/keystead.db");
        assert!(make_database(&path).unwrap());
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        std::fs::write(&path, "kept").unwrap();
        assert!(!make_database(&path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"kept");
    }
}
