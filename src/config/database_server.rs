//! The address of a server database: from the single settings, or from a URL with the settings a URL has no word for.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use secrecy::SecretString;

use super::database::{
    DATABASE_NAME, DB_DATABASE, DB_HOST, DB_PASSWORD, DB_PORT, DB_SOCKET, DB_TLS, DB_TLS_CA, DB_USERNAME,
    ServerAddress, Target, TlsMode,
};
use super::database_url::Parsed;
use super::reader::{Noted, Reader};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    MySql,
    Postgres,
}

impl Engine {
    pub fn word(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::MySql => 3306,
            Self::Postgres => 5432,
        }
    }

    fn target(self, address: ServerAddress) -> Target {
        match self {
            Self::MySql => Target::MySql(address),
            Self::Postgres => Target::Postgres(address),
        }
    }
}

/// The settings of a server database, each as given.
pub(super) struct Parts {
    pub host: Option<String>,
    port: Option<u16>,
    database: String,
    username: Option<String>,
    password: Option<SecretString>,
    tls: TlsMode,
    tls_ca: Option<PathBuf>,
    socket: Option<PathBuf>,
}

impl Parts {
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let host = reader.optional(&DB_HOST, host_name);
        let port = reader.optional_whole(&DB_PORT);
        let database = reader.value(&DB_DATABASE, |text| Some(text.to_owned()));
        let username = reader.optional(&DB_USERNAME, |text| Some(text.to_owned()));
        let password = reader.secret(&DB_PASSWORD);
        let tls = reader.value(&DB_TLS, tls_mode);
        let tls_ca = reader.optional(&DB_TLS_CA, |text| Some(PathBuf::from(text)).filter(|path| path.is_file()));
        let socket = reader.optional(&DB_SOCKET, |text| Some(PathBuf::from(text)));
        Ok(Self {
            host: host?,
            port: port?,
            database: database?,
            username: username?,
            password: password?,
            tls: tls?,
            tls_ca: tls_ca?,
            socket: socket?,
        })
    }

    /// The server that the single settings name.
    pub fn complete(self, reader: &mut Reader<'_>, engine: Engine) -> Result<Target, Noted> {
        let word = engine.word();
        let host = match (self.host, &self.socket) {
            (Some(host), _) => Ok(host),
            (None, Some(_)) => Ok("localhost".to_owned()),
            (None, None) => Err(reader.missing(
                &DB_HOST,
                format!("DB_TYPE={word} needs DB_HOST (or DB_SOCKET), DB_USERNAME and DB_PASSWORD, or DATABASE_URL"),
            )),
        };
        let username =
            self.username.ok_or_else(|| reader.missing(&DB_USERNAME, format!("DB_TYPE={word} needs a user")));
        Ok(engine.target(ServerAddress {
            host: host?,
            port: self.port.unwrap_or(engine.port()),
            database: self.database,
            username: username?,
            password: self.password.unwrap_or_else(|| SecretString::from("")),
            tls: self.tls,
            tls_ca: self.tls_ca,
            socket: self.socket,
        }))
    }

    /// What a URL names; TLS and the socket come from their settings.
    pub fn over_url(self, url: Parsed) -> Target {
        match url {
            Parsed::File(path) => Target::Sqlite { path },
            Parsed::Server(engine, server) => engine.target(ServerAddress {
                host: server.host,
                port: server.port.unwrap_or(engine.port()),
                database: server.database.unwrap_or_else(|| DATABASE_NAME.to_owned()),
                username: server.username,
                password: server.password,
                tls: self.tls,
                tls_ca: self.tls_ca,
                socket: self.socket,
            }),
        }
    }
}

/// A name or an address, without a port; the brackets of an IPv6 address are dropped.
fn host_name(text: &str) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let is_name = !bare.contains([':', '/', '@', '[', ']']) && !bare.contains(char::is_whitespace);
    (is_name || bare.parse::<Ipv6Addr>().is_ok()).then(|| bare.to_owned())
}

fn tls_mode(word: &str) -> Option<TlsMode> {
    match word {
        "disabled" => Some(TlsMode::Disabled),
        "preferred" => Some(TlsMode::Preferred),
        "required" => Some(TlsMode::Required),
        "verify" => Some(TlsMode::Verify),
        _ => None,
    }
}
