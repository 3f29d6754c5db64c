//! A backup is put back: into a file beside the database's place, which is moved there at the end, or onto its server.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::checking::{Checked, users_there};
use super::error::BackupError;
use super::manifest::Manifest;
use super::programs::Dumps;
use super::sqlite_file::Alone;
use super::taking::facts;
use super::{Progress, programs, sqlite_file};
use crate::config::database::{DatabaseSettings, ServerAddress, Target};
use crate::domain::clock::{Clock, Deadline};
use crate::private_files::{self, Draft};
use crate::store::hexadecimal::hex;
use crate::store::migrations::RECORD;
use crate::store::one_connection::OneConnection;
use crate::store::schema;
use crate::store::tables::TABLES;

/// Copied at once.
const CHUNK: usize = 1024 * 1024;
/// How long connections that were just closed may stand in the server's list.
const LEAVING_PATIENCE: Duration = Duration::from_secs(3);
const LEAVING_POLL: Duration = Duration::from_millis(100);

/// What a backup was put into: the place itself on a server, and a file beside it with SQLite. What is yet to be done to
/// it is done there, and then [`Staged::put`].
#[derive(Debug)]
pub struct Staged {
    settings: DatabaseSettings,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { draft: Draft, target: PathBuf, kept: PathBuf },
    Server,
}

/// The database is where it belongs.
#[derive(Debug)]
pub struct InPlace {
    /// Where the file is that was there before.
    pub kept: Option<PathBuf>,
}

/// `replace`: what is there may go. The schema is brought to the newest.
///
/// # Errors
/// [`BackupError`]. With SQLite and PostgreSQL everything is then as it was; with MySQL and MariaDB the database is empty.
pub async fn stage(
    checked: Checked,
    settings: &DatabaseSettings,
    replace: bool,
    clock: &Clock,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Staged, BackupError> {
    match users_there(settings).await {
        Ok(Some(users)) if users > 0 && !replace => return Err(BackupError::HoldsUsers { users }),
        Ok(_) => {}
        Err(BackupError::Unreadable(_)) if replace => {}
        Err(other) => return Err(other),
    }
    let staged = match &settings.target {
        Target::Sqlite { path } => stage_file(checked, settings, path, clock, tell).await?,
        Target::MySql(address) => stage_server(checked, settings, address, &programs::mysql()?, tell).await?,
        Target::Postgres(address) => stage_server(checked, settings, address, &programs::Postgres, tell).await?,
    };
    schema::upgrade(&staged.settings, None, clock).await?;
    Ok(staged)
}

async fn stage_file(
    mut checked: Checked,
    settings: &DatabaseSettings,
    target: &Path,
    clock: &Clock,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Staged, BackupError> {
    if target.exists() {
        match Alone::with(target).await {
            Ok(alone) => alone.let_go().await,
            // Nobody can be working on it.
            Err(BackupError::Unreadable(_)) => {}
            Err(other) => return Err(other),
        }
    }
    private_files::make_folder(private_files::folder_of(target)).map_err(BackupError::file(target))?;
    let draft = Draft::beside(target).map_err(BackupError::file(target))?;
    tell(Progress::Part("copying", Some(checked.manifest.bytes)));
    let sha256 = copied(&mut checked.file, draft.path(), tell).map_err(BackupError::file(&checked.path))?;
    if sha256 != checked.manifest.sha256 {
        return Err(BackupError::Damaged);
    }
    let moment: String = clock.now().rfc3339().chars().filter(char::is_ascii_alphanumeric).collect();
    let kept = private_files::beside(target, &format!(".before-restore-{moment}"));
    let settings = DatabaseSettings { target: Target::Sqlite { path: draft.path().to_owned() }, ..settings.clone() };
    has_its_rows(&settings, &checked.manifest).await?;
    Ok(Staged { settings, place: Place::File { draft, target: target.to_owned(), kept } })
}

/// SHA-256 of what was copied.
fn copied(from: &mut File, to: &Path, tell: &mut (dyn FnMut(Progress) + Send)) -> io::Result<String> {
    from.seek(SeekFrom::Start(0))?;
    let mut to = fs::OpenOptions::new().write(true).truncate(true).open(to)?;
    let (mut hash, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&chunk[..read]);
        to.write_all(&chunk[..read])?;
        tell(Progress::Done(read as u64));
    }
}

async fn stage_server(
    checked: Checked,
    settings: &DatabaseSettings,
    address: &ServerAddress,
    program: &dyn Dumps,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Staged, BackupError> {
    schema::create_database(settings).await?;
    let mut conn = OneConnection::open(settings).await?;
    let loaded = load(&mut conn, checked, address, program, tell).await;
    conn.close().await;
    let manifest = loaded?;
    let staged = Staged { settings: settings.clone(), place: Place::Server };
    if manifest.rows_exact {
        has_its_rows(settings, &manifest).await?;
    }
    Ok(staged)
}

async fn load(
    conn: &mut OneConnection,
    checked: Checked,
    address: &ServerAddress,
    program: &dyn Dumps,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Manifest, BackupError> {
    nobody_else(conn).await?;
    let Checked { manifest, path, mut file } = checked;
    file.seek(SeekFrom::Start(0)).map_err(BackupError::file(&path))?;
    tell(Progress::Part("loading", None));
    let is_mysql = matches!(conn, OneConnection::MySql(_));
    if is_mysql {
        conn.drop_tables().await?;
    }
    let tables: Vec<_> = TABLES.iter().rev().map(|table| table.name).chain([RECORD]).collect();
    if let Err(cause) = program.load(address, &tables, file, &path) {
        if is_mysql {
            conn.drop_tables().await?;
        }
        return Err(cause);
    }
    Ok(manifest)
}

/// Another one that works on this database would find its rows gone, and write into what is being loaded.
async fn nobody_else(conn: &mut OneConnection) -> Result<(), BackupError> {
    let deadline = Deadline::within(LEAVING_PATIENCE);
    while conn.others().await? > 0 {
        if deadline.has_passed() {
            return Err(BackupError::InUse);
        }
        tokio::time::sleep(LEAVING_POLL).await;
    }
    Ok(())
}

async fn has_its_rows(settings: &DatabaseSettings, manifest: &Manifest) -> Result<(), BackupError> {
    let mut conn = OneConnection::open(settings).await?;
    let found = facts(&mut conn).await;
    conn.close().await;
    let found = found?;
    for (table, rows) in &manifest.rows {
        let there = found.rows.get(table).copied().unwrap_or_default();
        if there != *rows {
            return Err(BackupError::Unsound(format!("{table} should have {rows} rows and has {there}")));
        }
    }
    if found.migration == manifest.migration {
        return Ok(());
    }
    Err(BackupError::Unsound(format!("it has migration {}, and not {}", found.migration, manifest.migration)))
}

impl Staged {
    /// Where the backup is for now.
    pub fn settings(&self) -> &DatabaseSettings {
        &self.settings
    }

    /// Moves it to its place. A file that was there is kept beside it, with what SQLite had beside that: its log would be
    /// taken for the new one's.
    ///
    /// # Errors
    /// [`BackupError::InUse`] when somebody has opened the database meanwhile; then it is as it was.
    pub async fn put(self) -> Result<InPlace, BackupError> {
        let Place::File { draft, target, kept } = self.place else { return Ok(InPlace { kept: None }) };
        // Whatever was done to it is then in the one file.
        sqlite_file::fold(draft.path()).await?;
        let alone = match Alone::with(&target).await {
            Ok(alone) => Some(alone),
            Err(BackupError::Unreadable(_)) => None,
            Err(other) => return Err(other),
        };
        let moved = set_aside(&target, &kept).and_then(|was_there| draft.put().map(|()| was_there));
        if let Some(alone) = alone {
            alone.let_go().await;
        }
        let was_there = moved.map_err(BackupError::file(&target))?;
        Ok(InPlace { kept: was_there.then_some(kept) })
    }
}

/// The file itself stays in its place until the other one takes that.
fn set_aside(target: &Path, kept: &Path) -> io::Result<bool> {
    let mut was_there = target.exists();
    if was_there {
        fs::hard_link(target, kept)?;
    }
    for (side, kept) in private_files::sides(target).iter().zip(private_files::sides(kept)) {
        if side.exists() {
            fs::rename(side, kept)?;
            was_there = true;
        }
    }
    Ok(was_there)
}
