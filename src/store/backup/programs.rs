//! The programs that dump a server's database and load it again. They get the password by a file or by their
//! environment, never by an argument.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};

use secrecy::ExposeSecret as _;

use super::error::BackupError;
use super::options_file::OptionsFile;
use crate::config::database::{ServerAddress, TlsMode};

/// The last lines of a dump say that it is whole. They are short, and a little may follow them.
const END_BYTES: u64 = 1_024;
/// Of what a program says when it fails: its last lines, which tell why.
const SAID_CHARS: usize = 2_000;

pub(super) trait Dumps: Sync {
    /// These tables into the file, and the program's version.
    fn dump(
        &self,
        address: &ServerAddress,
        tables: &[&'static str],
        snapshot: Option<&str>,
        to: &Path,
    ) -> Result<String, BackupError>;

    /// What `dump` wrote, after these tables were dropped. `near`: where a file of ours may stand meanwhile.
    fn load(&self, address: &ServerAddress, drop: &[&'static str], from: File, near: &Path) -> Result<(), BackupError>;
}

/// Of MySQL or of MariaDB: their programs take different words.
pub(super) struct MySql {
    is_mariadb: bool,
    dump: &'static str,
    version: String,
}

const MYSQL_PACKAGE: &str = "mariadb-client or mysql-client";
const POSTGRES_PACKAGE: &str = "postgresql-client";

/// Which of the two is here.
pub(super) fn mysql() -> Result<MySql, BackupError> {
    for dump in ["mysqldump", "mariadb-dump"] {
        match version(dump, MYSQL_PACKAGE) {
            Ok(version) => return Ok(MySql { is_mariadb: version.contains("MariaDB"), dump, version }),
            Err(BackupError::ProgramMissing { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Err(BackupError::ProgramMissing { program: "mysqldump", package: MYSQL_PACKAGE })
}

impl Dumps for MySql {
    /// `--single-transaction` reads one moment and holds up nobody. Without `DROP TABLE` in it, a dump that is loaded where
    /// something is already fails instead of taking its place.
    fn dump(
        &self,
        address: &ServerAddress,
        tables: &[&'static str],
        _snapshot: Option<&str>,
        to: &Path,
    ) -> Result<String, BackupError> {
        let options = OptionsFile::write(address, self.is_mariadb, to)?;
        let mut command = Command::new(self.dump);
        command.arg(options.argument()).args([
            "--single-transaction",
            "--quick",
            "--hex-blob",
            "--no-tablespaces",
            "--skip-add-drop-table",
            "--skip-add-locks",
            "--skip-triggers",
            "--default-character-set=utf8mb4",
        ]);
        if !self.is_mariadb {
            command.args(["--set-gtid-purged=OFF", "--column-statistics=0"]);
        }
        command.arg(&address.database).args(tables);
        run(self.dump, MYSQL_PACKAGE, command.stdout(emptied(to)?))?;
        ends_with(self.dump, to, "-- Dump completed")?;
        Ok(self.version.clone())
    }

    /// MySQL commits around every CREATE TABLE, so what fails here leaves a part; the caller takes that away again, and it is
    /// the caller who has dropped what was there.
    fn load(
        &self,
        address: &ServerAddress,
        _drop: &[&'static str],
        from: File,
        near: &Path,
    ) -> Result<(), BackupError> {
        let options = OptionsFile::write(address, self.is_mariadb, near)?;
        let program = if self.dump == "mysqldump" { "mysql" } else { "mariadb" };
        let mut command = Command::new(program);
        command.arg(options.argument()).args(["--batch", "--default-character-set=utf8mb4"]).arg(&address.database);
        run(program, MYSQL_PACKAGE, command.stdin(from).stdout(Stdio::null()))
    }
}

pub(super) struct Postgres;

impl Dumps for Postgres {
    fn dump(
        &self,
        address: &ServerAddress,
        tables: &[&'static str],
        snapshot: Option<&str>,
        to: &Path,
    ) -> Result<String, BackupError> {
        let version = version("pg_dump", POSTGRES_PACKAGE)?;
        let mut command = Command::new("pg_dump");
        spoken_to(&mut command, address).args([
            "--format=plain",
            "--encoding=UTF8",
            "--no-owner",
            "--no-privileges",
            "--no-password",
            "--strict-names",
            "--lock-wait-timeout=10s",
        ]);
        command.args(tables.iter().map(|table| format!("--table={table}")));
        command.args(snapshot.map(|snapshot| format!("--snapshot={snapshot}")));
        run("pg_dump", POSTGRES_PACKAGE, command.stdout(emptied(to)?))?;
        ends_with("pg_dump", to, "PostgreSQL database dump complete")?;
        Ok(version)
    }

    /// Dropping and loading are one transaction: what was there stays unless all of it goes well.
    fn load(
        &self,
        address: &ServerAddress,
        drop: &[&'static str],
        from: File,
        _near: &Path,
    ) -> Result<(), BackupError> {
        let mut command = Command::new("psql");
        spoken_to(&mut command, address).args([
            "--no-psqlrc",
            "--quiet",
            "--no-password",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            "--output=/dev/null",
        ]);
        command.env("PGOPTIONS", "--client-min-messages=warning");
        // Names of the store's own list of tables, and of nothing else.
        command.args(drop.iter().map(|table| format!("--command=DROP TABLE IF EXISTS {table}")));
        run("psql", POSTGRES_PACKAGE, command.arg("--file=-").stdin(from).stdout(Stdio::null()))
    }
}

/// libpq reads its environment, which only this user may look at.
fn spoken_to<'c>(command: &'c mut Command, address: &ServerAddress) -> &'c mut Command {
    for name in ["PGSERVICE", "PGSERVICEFILE", "PGPASSFILE", "PGOPTIONS", "PGHOSTADDR", "PGSSLCERT", "PGSSLKEY"] {
        command.env_remove(name);
    }
    match &address.socket {
        Some(folder) => command.env("PGHOST", folder),
        None => command.env("PGHOST", &address.host),
    };
    if let Some(authority) = &address.tls_ca {
        command.env("PGSSLROOTCERT", authority);
    }
    let tls = match address.tls {
        TlsMode::Disabled => "disable",
        TlsMode::Preferred => "prefer",
        TlsMode::Required => "require",
        TlsMode::Verify => "verify-full",
    };
    command
        .env("PGPORT", address.port.to_string())
        .env("PGUSER", &address.username)
        .env("PGPASSWORD", address.password.expose_secret())
        .env("PGDATABASE", &address.database)
        .env("PGSSLMODE", tls)
        .env("PGAPPNAME", "keystead backup")
}

/// The first line of what the program says of itself.
fn version(program: &'static str, package: &'static str) -> Result<String, BackupError> {
    let ran = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    let ran = ran.map_err(|cause| unstarted(program, package, &cause))?;
    Ok(String::from_utf8_lossy(&ran.stdout).lines().next().unwrap_or_default().trim().to_owned())
}

fn run(program: &'static str, package: &'static str, command: &mut Command) -> Result<(), BackupError> {
    let child = command.stderr(Stdio::piped()).spawn();
    let child = child.map_err(|cause| unstarted(program, package, &cause))?;
    let ran = child.wait_with_output().map_err(|cause| unstarted(program, package, &cause))?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    let skipped = said.chars().count().saturating_sub(SAID_CHARS);
    let said = said.chars().skip(skipped).collect::<String>().trim().to_owned();
    let said = if said.is_empty() { ran.status.to_string() } else { said };
    Err(BackupError::ProgramFailed { program, said })
}

fn unstarted(program: &'static str, package: &'static str, cause: &io::Error) -> BackupError {
    match cause.kind() {
        io::ErrorKind::NotFound => BackupError::ProgramMissing { program, package },
        _ => BackupError::ProgramFailed { program, said: cause.to_string() },
    }
}

/// A file that is there, opened for writing.
fn emptied(path: &Path) -> Result<File, BackupError> {
    OpenOptions::new().write(true).truncate(true).open(path).map_err(BackupError::file(path))
}

fn ends_with(program: &'static str, path: &Path, mark: &str) -> Result<(), BackupError> {
    let mut end = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES)))?;
        file.read_to_end(&mut end)
    });
    read.map_err(BackupError::file(path))?;
    if String::from_utf8_lossy(&end).contains(mark) { Ok(()) } else { Err(BackupError::Endless(program)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_that_was_cut_short_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump");
        std::fs::write(&path, format!("{}\n-- Dump completed\n", "x".repeat(5_000))).unwrap();
        assert!(ends_with("mysqldump", &path, "-- Dump completed").is_ok());
        std::fs::write(&path, "-- Dump comp").unwrap();
        assert!(matches!(ends_with("mysqldump", &path, "-- Dump completed"), Err(BackupError::Endless("mysqldump"))));
    }

    #[test]
    fn a_program_that_is_not_there_is_named_with_its_package_and_one_that_fails_with_its_words() {
        let missing = version("keystead-no-such-program", "nowhere");
        assert!(matches!(missing, Err(BackupError::ProgramMissing { package: "nowhere", .. })), "{missing:?}");
        let failed = run("ls", "coreutils", Command::new("ls").arg("/no/such/folder").stdout(Stdio::null()));
        assert!(matches!(&failed, Err(BackupError::ProgramFailed { said, .. }) if said.contains("/no/such/folder")));
    }
}
