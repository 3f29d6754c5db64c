//! The database: which of the three, where it is, and how many connections are kept to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use super::database_server::{Engine, Parts};
use super::database_url::{self, Parsed};
use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::setting::Allowed::{self, Text, Words};
use super::setting::Fallback::{Derived, Nothing, Written};
use super::setting::{Section, Setting};

/// The database's name where nobody gives one.
pub(super) const DATABASE_NAME: &str = "keystead";

pub(super) const DB_TYPE: Setting = Setting::new(
    "DB_TYPE",
    Written("sqlite"),
    Words(&["sqlite", "mysql", "postgres"]),
    "the database; mysql is MariaDB too",
);
const DB_PATH: Setting = Setting::new(
    "DB_PATH",
    Written("./data/keystead.db"),
    Text("the path of a file"),
    "the SQLite file; its folder also holds the development key",
);
pub(super) const DB_HOST: Setting =
    Setting::new("DB_HOST", Nothing, Text("a host name or IP address"), "the database server");
pub(super) const DB_PORT: Setting = Setting::new(
    "DB_PORT",
    Derived("3306 for mysql, 5432 for postgres"),
    Allowed::whole(1, 65_535, ""),
    "its TCP port",
);
pub(super) const DB_DATABASE: Setting =
    Setting::new("DB_DATABASE", Written(DATABASE_NAME), Text("the name of a database"), "the database on that server");
pub(super) const DB_USERNAME: Setting =
    Setting::new("DB_USERNAME", Nothing, Text("the name of a user"), "the user that Keystead logs in as there");
pub(super) const DB_PASSWORD: Setting = Setting::secret("DB_PASSWORD", Text("a password"), "that user's password");
const DATABASE_URL: Setting = Setting::secret(
    "DATABASE_URL",
    Text("sqlite:PATH, or mysql://, mariadb:// or postgres:// and user:password@host:port/database, percent-encoded"),
    "replaces DB_TYPE, DB_PATH, DB_HOST, DB_PORT, DB_DATABASE, DB_USERNAME and DB_PASSWORD",
);
pub(super) const DB_TLS: Setting = Setting::new(
    "DB_TLS",
    Written("preferred"),
    Words(&["disabled", "preferred", "required", "verify"]),
    "TLS to the server; verify checks its certificate and name; MySQL 8 needs TLS or DB_SOCKET",
);
pub(super) const DB_TLS_CA: Setting = Setting::new(
    "DB_TLS_CA",
    Nothing,
    Text("the path of an existing PEM file"),
    "certificates of the authority that signed the server's",
);
pub(super) const DB_SOCKET: Setting =
    Setting::new("DB_SOCKET", Nothing, Text("the path of a Unix socket"), "used instead of host and port");
const DB_POOL_SIZE: Setting =
    Setting::new("DB_POOL_SIZE", Written("10"), Allowed::whole(1, 1_000, "connections"), "connections that are kept");
const DB_MAX_OVERFLOW: Setting = Setting::new(
    "DB_MAX_OVERFLOW",
    Written("20"),
    Allowed::whole(0, 1_000, "connections"),
    "further connections under load; the most there are is both together",
);
const DB_POOL_RECYCLE: Setting = Setting::new(
    "DB_POOL_RECYCLE",
    Written("3600"),
    Allowed::whole(1, 604_800, "seconds"),
    "age at which a connection is replaced, in seconds",
);

pub(super) const SECTION: Section = Section {
    title: "Database",
    introduction: "SQLite needs none of these. A server database needs a host or socket and a user, or DATABASE_URL.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[
    DB_TYPE,
    DB_PATH,
    DB_HOST,
    DB_PORT,
    DB_DATABASE,
    DB_USERNAME,
    DB_PASSWORD,
    DATABASE_URL,
    DB_TLS,
    DB_TLS_CA,
    DB_SOCKET,
    DB_POOL_SIZE,
    DB_MAX_OVERFLOW,
    DB_POOL_RECYCLE,
];

/// What SQLite takes by itself.
pub const SQLITE_CACHE_KIB: u32 = 2_048;

#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    pub target: Target,
    /// What SQLite's writer keeps of the file in memory, in KiB. A command that writes in bulk takes more.
    pub sqlite_cache_kib: u32,
    /// Connections that are kept open.
    pub pool_kept: u32,
    /// The most connections there may be at once.
    pub pool_max: u32,
    /// Age at which a connection is replaced.
    pub recycle: Duration,
    /// The folder for files that belong to the data: the SQLite file's, else that of `DB_PATH`.
    pub data_dir: PathBuf,
}

#[derive(Clone, Debug)]
pub enum Target {
    Sqlite { path: PathBuf },
    MySql(ServerAddress),
    Postgres(ServerAddress),
}

#[derive(Clone, Debug)]
pub struct ServerAddress {
    /// A name or an address, IPv6 without brackets; `localhost` where only a socket was given.
    pub host: String,
    pub port: u16,
    pub database: String,
    pub username: String,
    /// Empty when none was given.
    pub password: SecretString,
    pub tls: TlsMode,
    pub tls_ca: Option<PathBuf>,
    /// Preferred over host and port where it is given.
    pub socket: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    Disabled,
    Preferred,
    Required,
    /// Required, with the server's certificate and name checked.
    Verify,
}

/// What `DB_TYPE` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Server(Engine),
}

impl Target {
    #[must_use]
    pub const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<DatabaseSettings, Noted> {
    let kept: Result<u32, _> = reader.whole(&DB_POOL_SIZE);
    let overflow: Result<u32, _> = reader.whole(&DB_MAX_OVERFLOW);
    let recycle = reader.seconds(&DB_POOL_RECYCLE);
    let path = reader.value(&DB_PATH, file_path);
    let kind = reader.value(&DB_TYPE, kind);
    let parts = Parts::read(reader);
    let url = url(reader);
    // From here on a mistake may end the reading: every value has been looked at.
    let (path, kind, parts) = (path?, kind?, parts?);
    let target = match url? {
        Some(url) => {
            agrees(reader, &url, kind)?;
            parts.over_url(url)
        }
        None => match kind {
            Kind::Sqlite => {
                surely_embedded(reader, &parts)?;
                Target::Sqlite { path: path.clone() }
            }
            Kind::Server(engine) => parts.complete(reader, engine)?,
        },
    };
    let file = if let Target::Sqlite { path } = &target { path } else { &path };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let data_dir = folder.to_owned();
    let pool_kept = kept?;
    Ok(DatabaseSettings {
        target,
        sqlite_cache_kib: SQLITE_CACHE_KIB,
        pool_kept,
        pool_max: pool_kept + overflow?,
        recycle: recycle?,
        data_dir,
    })
}

fn url(reader: &mut Reader<'_>) -> Result<Option<Parsed>, Noted> {
    let Some(given) = reader.given(&DATABASE_URL)? else {
        return Ok(None);
    };
    let parsed = database_url::parse(&given.text);
    parsed.map(Some).map_err(|why| reader.refuse(&DATABASE_URL, &given, &format!("{}; {why}", DATABASE_URL.allowed)))
}

/// A `DB_TYPE` that somebody wrote must not contradict the URL.
fn agrees(reader: &mut Reader<'_>, url: &Parsed, kind: Kind) -> Result<(), Noted> {
    let of_url = match url {
        Parsed::File(_) => Kind::Sqlite,
        Parsed::Server(engine, _) => Kind::Server(*engine),
    };
    if reader.is_given(&DB_TYPE) && kind != of_url {
        let was = format!("is {}, but DATABASE_URL is for {}", kind.word(), of_url.word());
        return Err(reader.note(Mistake::new(DB_TYPE.name, was, "must agree with it or go")));
    }
    Ok(())
}

/// Data that quietly goes into a file instead of the server that was named would be found missing late.
fn surely_embedded(reader: &mut Reader<'_>, parts: &Parts) -> Result<(), Noted> {
    if parts.host.is_some() && !reader.is_given(&DB_TYPE) {
        let remedy = "must be mysql or postgres where DB_HOST is set, or sqlite to pass over DB_HOST";
        return Err(reader.missing(&DB_TYPE, remedy));
    }
    Ok(())
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Server(engine) => engine.word(),
        }
    }
}

fn kind(word: &str) -> Option<Kind> {
    match word {
        "sqlite" => Some(Kind::Sqlite),
        "mysql" => Some(Kind::Server(Engine::MySql)),
        "postgres" => Some(Kind::Server(Engine::Postgres)),
        _ => None,
    }
}

/// A file that outlives the process: no `:memory:`, no folder, no URL.
pub(super) fn file_path(text: &str) -> Option<PathBuf> {
    let a_file = !text.is_empty() && !text.ends_with('/') && !text.starts_with(':');
    let a_url = text.starts_with("sqlite:") || text.starts_with("file:");
    (a_file && !a_url && !text.contains('\0')).then(|| PathBuf::from(text))
}
