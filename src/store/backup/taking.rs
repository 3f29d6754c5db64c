//! A backup is taken, beside whoever works on the database.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::checking::Keys;
use super::error::BackupError;
use super::manifest::{Manifest, kind, manifest_of};
use super::{Progress, programs, sqlite_file};
use crate::config::database::{DatabaseSettings, ServerAddress, Target};
use crate::domain::clock::Timestamp;
use crate::private_files::Draft;
use crate::store::audit_seals;
use crate::store::conn::Conn;
use crate::store::hexadecimal::hex;
use crate::store::migrations::RECORD;
use crate::store::one_connection::OneConnection;

/// Read at once while a file is digested.
const CHUNK: usize = 1024 * 1024;

#[derive(Debug)]
pub struct Taken {
    pub file: PathBuf,
    pub manifest_file: PathBuf,
    pub manifest: Manifest,
}

/// What is known of the moment that the file shows.
pub(super) struct Facts {
    pub(super) migration: i64,
    pub(super) rows: BTreeMap<String, u64>,
    newest_seal: Option<String>,
}

/// Writes the backup and its manifest, both for their owner alone and over nothing that is there.
///
/// # Errors
/// [`BackupError`]; then neither is there.
pub async fn take(
    settings: &DatabaseSettings,
    file: &Path,
    keys: &Keys<'_>,
    now: Timestamp,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Taken, BackupError> {
    let manifest_file = manifest_of(file);
    for path in [file, &manifest_file] {
        if path.try_exists().map_err(BackupError::file(path))? {
            return Err(BackupError::ThereAlready(path.to_owned()));
        }
    }
    let draft = Draft::beside(file).map_err(BackupError::file(file))?;
    tell(Progress::Part("copying", None));
    let (facts, written_by) = match &settings.target {
        Target::Sqlite { path } => {
            sqlite_file::copy(path, draft.path()).await?;
            let mut copy = sqlite_file::open_copy(draft.path()).await?;
            let facts = facts(&mut copy).await;
            copy.close().await;
            (facts?, sqlite_file::version())
        }
        Target::MySql(address) => dump(settings, &programs::mysql()?, address, draft.path()).await?,
        Target::Postgres(address) => dump(settings, &programs::Postgres, address, draft.path()).await?,
    };
    let (bytes, sha256) = digest(draft.path(), tell)?;
    let manifest = Manifest {
        form: Manifest::FORM,
        kind: kind(&settings.target).to_owned(),
        keystead: env!("CARGO_PKG_VERSION").to_owned(),
        written_by,
        migration: facts.migration,
        at: now.rfc3339(),
        bytes,
        sha256,
        rows: facts.rows,
        rows_exact: !matches!(settings.target, Target::MySql(_)),
        secret_key: keys.ids.first().cloned().unwrap_or_default(),
        newest_seal: facts.newest_seal,
        signature: String::new(),
    };
    let manifest = manifest.signed(keys.sign)?;
    if !draft.put_new().map_err(BackupError::file(file))? {
        return Err(BackupError::ThereAlready(file.to_owned()));
    }
    if let Err(cause) = manifest.to_file(&manifest_file) {
        // Without its manifest it is nothing that could be put back.
        let _left_behind = std::fs::remove_file(file);
        return Err(cause);
    }
    Ok(Taken { file: file.to_owned(), manifest_file, manifest })
}

/// The connection's snapshot is where PostgreSQL's dump reads, too; `mysqldump` has one of its own.
async fn dump(
    settings: &DatabaseSettings,
    program: &dyn programs::Dumps,
    address: &ServerAddress,
    to: &Path,
) -> Result<(Facts, String), BackupError> {
    let mut conn = OneConnection::open(settings).await?;
    let dumped = async {
        conn.begin_reading().await?;
        let facts = facts(&mut conn).await?;
        let mut tables: Vec<_> = conn.tables().await?.into_iter().map(|table| table.name).collect();
        tables.push(RECORD);
        let snapshot = conn.snapshot().await?;
        let version = program.dump(address, &tables, snapshot.as_deref(), to)?;
        conn.command("COMMIT").await?;
        Ok((facts, version))
    };
    let dumped = dumped.await;
    conn.close().await;
    dumped
}

/// # Errors
/// A schema that a newer version has made: this one does not know its tables.
pub(super) async fn facts(conn: &mut OneConnection) -> Result<Facts, BackupError> {
    let steps = conn.status().await?;
    let migration = steps.iter().filter(|step| step.applied).map(|step| step.version).max().unwrap_or(0);
    let mut rows = BTreeMap::new();
    for table in conn.tables().await? {
        rows.insert(table.name.to_owned(), conn.count(table.name).await?);
    }
    let newest_seal = if rows.contains_key("audit_seals") {
        let newest = audit_seals::newest(&mut Conn::new(conn.link(), Timestamp::default())).await?;
        newest.map(|seal| format!("{}:{}", seal.seq, hex(&seal.hash())))
    } else {
        None
    };
    Ok(Facts { migration, rows, newest_seal })
}

/// Its length, and SHA-256 in hexadecimal digits.
pub(super) fn digest(path: &Path, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<(u64, String), BackupError> {
    let unread = || BackupError::file(path);
    let mut file = File::open(path).map_err(unread())?;
    tell(Progress::Part("checking", Some(file.metadata().map_err(unread())?.len())));
    let (mut hash, mut chunk, mut bytes) = (Sha256::new(), vec![0; CHUNK], 0);
    loop {
        let read = file.read(&mut chunk).map_err(unread())?;
        if read == 0 {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(&chunk[..read]);
        bytes += read as u64;
        tell(Progress::Done(read as u64));
    }
}
