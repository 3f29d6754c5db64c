//! A backup is looked at, before anything is touched.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::manifest::{Manifest, kind, manifest_of};
use super::{Progress, sqlite_file, taking};
use crate::config::database::{DatabaseSettings, Target};
use crate::domain::audit_seal::SealKey;
use crate::store::migrations::head;
use crate::store::one_connection::OneConnection;
use crate::store::schema::SchemaError;

/// What signs a manifest, and which `SECRET_KEY` that is: the present one first, then the previous.
pub struct Keys<'k> {
    pub sign: &'k dyn SealKey,
    pub ids: Vec<String>,
}

/// A backup that can be put back.
#[derive(Debug)]
pub struct Checked {
    pub manifest: Manifest,
    pub(super) path: PathBuf,
    /// What was checked is what will be read, whatever the name leads to by then.
    pub(super) file: File,
}

/// # Errors
/// [`BackupError`], in the order in which it helps: no file, no manifest, made elsewhere, of another kind, damaged.
pub async fn check(
    path: &Path,
    target: &Target,
    keys: &Keys<'_>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Checked, BackupError> {
    if !path.try_exists().map_err(BackupError::file(path))? {
        return Err(BackupError::Missing(path.to_owned()));
    }
    let manifest = Manifest::of_file(&manifest_of(path))?;
    if !manifest.is_signed_by(keys.sign)? {
        let theirs = manifest.secret_key;
        let ours = keys.ids.first().cloned().unwrap_or_default();
        let is_known = keys.ids.contains(&theirs);
        return Err(if is_known { BackupError::Forged } else { BackupError::OtherKey { theirs, ours } });
    }
    if manifest.kind != kind(target) {
        return Err(BackupError::OtherKind { theirs: manifest.kind, ours: kind(target) });
    }
    if manifest.migration > head() {
        return Err(BackupError::Ahead { at: manifest.migration, head: head() });
    }
    let file = File::open(path).map_err(BackupError::file(path))?;
    let found = file.metadata().map_err(BackupError::file(path))?.len();
    if found != manifest.bytes {
        return Err(BackupError::Truncated { bytes: manifest.bytes, found });
    }
    let (_, sha256) = taking::digest(path, tell)?;
    if sha256 != manifest.sha256 {
        return Err(BackupError::Damaged);
    }
    if target.is_sqlite() {
        sqlite_file::is_sound(path).await?;
    }
    Ok(Checked { manifest, path: path.to_owned(), file })
}

/// How many users the database holds that a backup is to go to; `None` where there is no database.
///
/// # Errors
/// [`BackupError::Unreadable`] for a file that holds no database, and what is wrong with a server.
pub async fn users_there(settings: &DatabaseSettings) -> Result<Option<u64>, BackupError> {
    let unreadable = |cause: String| match settings.target {
        Target::Sqlite { .. } => BackupError::Unreadable(cause),
        Target::MySql(_) | Target::Postgres(_) => BackupError::Unsound(cause),
    };
    let mut conn = match OneConnection::open(settings).await {
        Ok(conn) => conn,
        Err(SchemaError::NoFile(_) | SchemaError::NoDatabase { .. }) => return Ok(None),
        Err(SchemaError::Migration(cause)) => return Err(unreadable(cause.to_string())),
        Err(other) => return Err(other.into()),
    };
    let counted = async { if conn.has("users").await? { conn.count("users").await } else { Ok(0) } };
    let counted = counted.await;
    conn.close().await;
    counted.map(Some).map_err(|cause| unreadable(cause.to_string()))
}
