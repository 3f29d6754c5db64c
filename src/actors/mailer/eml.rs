//! The file transport: each mail is a file that its owner alone can read, there whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use super::writing::Letterhead;
use crate::private_files::{self, Lasts};

/// Writes the mail into `folder`, which it makes where there is none; gives the path.
///
/// It blocks for as long as a system call on a small file takes, and asks for no flush: the files are there to be looked
/// at during development, not to survive a power cut.
pub(super) fn write(folder: &Path, head: &Letterhead<'_>, mail: &[u8]) -> io::Result<PathBuf> {
    let path = folder.join(name(head));
    private_files::make_folder(folder)?;
    private_files::replace(&path, mail, Lasts::No)?;
    Ok(path)
}

/// Sorts by time, and says what it is: `20251123T091700.000Z-ID-reset_password.eml`. A mail that is sent twice is one
/// file only where both fall into one millisecond, as with a mail server.
fn name(head: &Letterhead<'_>) -> String {
    let at = head.at.rfc3339().replace(['-', ':'], "");
    // From the table, where another program may have written it: it must not lead out of the folder.
    let kind: String = head.kind.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    format!("{at}-{}-{kind}.eml", head.id)
}
