//! Files and folders that are their owner's alone: mode 0600 and 0700 from their first moment, whole or not there at all.
//!
//! A file is written under a name of its own beside its place and then moved there, so that nobody ever reads half of it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Whether a file outlives a power cut. To see to that costs what the disk takes for a flush, or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    Yes,
    No,
}

/// Makes the folder, and those above it, where there is none. One that is there keeps its mode.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The folder that a file stands in, as a path that is never empty.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file, open for writing.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] among others.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Puts the file there, in the place of whatever is there.
pub fn replace(path: &Path, content: &[u8], lasts: Lasts) -> io::Result<()> {
    let draft = draft_of(path);
    let moved = write(&draft, content, lasts).and_then(|()| fs::rename(&draft, path));
    if moved.is_err() {
        // The error of the attempt counts.
        let _left_behind = fs::remove_file(&draft);
    }
    moved?;
    flush_folder(path, lasts)
}

/// Puts the file there unless something is there; whether it was put. Of several processes that do so at once, one does.
pub fn put_new(path: &Path, content: &[u8], lasts: Lasts) -> io::Result<bool> {
    let draft = draft_of(path);
    // A link either appears whole or fails because something is there.
    let linked = write(&draft, content, lasts).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    let put = match linked {
        Ok(()) => true,
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => false,
        Err(cause) => return Err(cause),
    };
    removed?;
    // Also of somebody else's file: whoever relies on it now must not wait for them.
    flush_folder(path, lasts).map(|()| put)
}

/// A file on its way: written under a name of its own beside its place, and gone with its handle unless it was put there.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    place: PathBuf,
}

/// What SQLite may leave beside a file.
const SIDES: [&str; 3] = ["-wal", "-shm", "-journal"];

impl Draft {
    /// Empty, for others to write into.
    pub fn beside(place: &Path) -> io::Result<Self> {
        let path = draft_of(place);
        create(&path)?;
        Ok(Self { path, place: place.to_owned() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it there unless something is there; whether it was put. Its content and its name outlive a power cut.
    pub fn put_new(self) -> io::Result<bool> {
        File::open(&self.path)?.sync_all()?;
        match fs::hard_link(&self.path, &self.place) {
            Ok(()) => flush_folder(&self.place, Lasts::Yes).map(|()| true),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(cause) => Err(cause),
        }
    }

    /// Puts it there, in the place of whatever is there.
    pub fn put(self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, &self.place)?;
        flush_folder(&self.place, Lasts::Yes)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What was moved to its place is not here any more, and what SQLite did not leave never was.
        let _moved = fs::remove_file(&self.path);
        for side in SIDES {
            let _never_was = fs::remove_file(beside(&self.path, side));
        }
    }
}

/// The path of what SQLite keeps beside a file: its log, the index of that, its journal.
pub fn sides(path: &Path) -> [PathBuf; 3] {
    SIDES.map(|side| beside(path, side))
}

/// The path with `end` at the end of its name.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn draft_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    folder_of(path).join(format!(".{name}.{}", uuid::Uuid::new_v4()))
}

fn write(draft: &Path, content: &[u8], lasts: Lasts) -> io::Result<()> {
    let mut file = create(draft)?;
    file.write_all(content)?;
    if lasts == Lasts::Yes { file.sync_all() } else { Ok(()) }
}

/// The name must outlive a power cut too.
fn flush_folder(path: &Path, lasts: Lasts) -> io::Result<()> {
    if lasts == Lasts::Yes { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn what_is_put_there_is_its_owners_alone_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/deep/file");
        make_folder(folder_of(&path)).unwrap();
        assert!(put_new(&path, b"first", Lasts::Yes).unwrap());
        assert!(!put_new(&path, b"second", Lasts::Yes).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        for lasts in [Lasts::Yes, Lasts::No] {
            replace(&path, format!("{lasts:?}").as_bytes(), lasts).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{lasts:?}"));
        }
        assert_eq!((mode(&path), mode(folder_of(&path))), (0o600, 0o700));
        assert_eq!(create(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        // What cannot be put there leaves nothing either.
        assert!(replace(folder_of(&path), b"a folder is there", Lasts::No).is_err());
        assert_eq!(fs::read_dir(folder_of(&path)).unwrap().count(), 1);
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    }

    #[test]
    fn a_draft_goes_with_its_handle_and_never_over_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("file");
        let draft = |content: &str| {
            let draft = Draft::beside(&place).unwrap();
            fs::write(draft.path(), content).unwrap();
            fs::write(beside(draft.path(), "-wal"), "left").unwrap();
            draft
        };
        drop(draft("dropped"));
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
        assert!(draft("first").put_new().unwrap() && !draft("second").put_new().unwrap());
        assert_eq!((fs::read_to_string(&place).unwrap().as_str(), mode(&place)), ("first", 0o600));
        draft("third").put().unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_bare_name_stands_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("file")), Path::new("."));
        assert_eq!(folder_of(Path::new("/srv/file")), Path::new("/srv"));
    }
}
