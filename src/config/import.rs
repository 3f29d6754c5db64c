//! The database that `keystead import` reads users from. `serve` never looks here.

use secrecy::{ExposeSecret as _, SecretString};

use super::database::{ServerAddress, Target, TlsMode};
use super::database_server::Engine;
use super::database_url::{self, Parsed};
use super::mistake::Mistakes;
use super::reader::Reader;
use super::setting::Allowed::Text;
use super::setting::{Section, Setting};
use super::source::Source;

const IMPORT_PASSWORD: Setting = Setting::secret(
    "IMPORT_PASSWORD",
    Text("a password"),
    "password of the user who reads the other system's database",
);

pub(super) const SECTION: Section = Section {
    title: "Import",
    introduction: "Read by keystead import only, where the users come from another database server.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[IMPORT_PASSWORD];

/// MySQL's and MariaDB's.
const PORT: u16 = 3306;

/// # Errors
/// A password given twice, or a password file that cannot be read.
pub fn read(source: &Source) -> Result<Option<SecretString>, Mistakes> {
    let mut reader = Reader::new(source);
    let password = reader.secret(&IMPORT_PASSWORD);
    reader.finish(|| password)
}

/// A path, `sqlite:PATH`, or `mysql://USER@HOST:PORT/DATABASE`.
///
/// # Errors
/// A fragment that says what is wrong and quotes nothing: people write passwords where they do not belong.
pub fn foreign_target(text: &str, password: Option<SecretString>) -> Result<Target, &'static str> {
    let is_a_path = !text.contains("://") && !text.starts_with("sqlite:");
    let parsed = if is_a_path { Parsed::File(text.into()) } else { database_url::parse(text)? };
    match parsed {
        Parsed::File(path) => Ok(Target::Sqlite { path }),
        Parsed::Server(Engine::Postgres, _) => Err("only SQLite files and MySQL or MariaDB are read"),
        Parsed::Server(_, server) if !server.password.expose_secret().is_empty() => Err(
            "a password among the arguments can be read by every user of this machine; set IMPORT_PASSWORD_FILE, or \
                 pipe it in with --password-stdin",
        ),
        Parsed::Server(Engine::MySql, server) => Ok(Target::MySql(ServerAddress {
            host: server.host,
            port: server.port.unwrap_or(PORT),
            database: server.database.ok_or("it names no database")?,
            username: server.username,
            password: password.unwrap_or_else(|| SecretString::from("")),
            tls: TlsMode::Preferred,
            tls_ca: None,
            socket: None,
        })),
    }
}
