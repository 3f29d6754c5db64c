//! `DATABASE_URL`, taken apart. It holds a password, so what is wrong with it is told without quoting it.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

use super::database::file_path;
use super::database_server::Engine;

#[derive(Debug)]
pub(super) enum Parsed {
    File(PathBuf),
    Server(Engine, ServerUrl),
}

#[derive(Debug)]
pub(super) struct ServerUrl {
    pub host: String,
    pub port: Option<u16>,
    pub database: Option<String>,
    pub username: String,
    /// Empty when there is none.
    pub password: SecretString,
}

const NO_OPTIONS: &str = "options after ? are not read (use DB_TLS, DB_TLS_CA and DB_SOCKET), \
                          and ? and # in a name or password are %3F and %23";

/// # Errors
/// A fragment that says what is wrong, safe to print.
pub(super) fn parse(text: &str) -> Result<Parsed, &'static str> {
    let (scheme, rest) = text.split_once(':').ok_or("it has no scheme")?;
    match scheme.to_ascii_lowercase().as_str() {
        "sqlite" => file(rest),
        "mysql" | "mariadb" => server(Engine::MySql, text),
        "postgres" | "postgresql" => server(Engine::Postgres, text),
        _ => Err("its scheme is none of these"),
    }
}

/// `sqlite:PATH` and `sqlite://PATH`, so that `sqlite:///srv/keystead.db` is an absolute path.
fn file(rest: &str) -> Result<Parsed, &'static str> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.contains(['?', '#']) {
        return Err(NO_OPTIONS);
    }
    file_path(&decoded(path)?).map(Parsed::File).ok_or("PATH must be that of a file")
}

fn server(engine: Engine, text: &str) -> Result<Parsed, &'static str> {
    let url =
        Url::parse(text).map_err(|_| "it is no URL (characters such as @ : / % in a password are percent-encoded)")?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(NO_OPTIONS);
    }
    let host = match url.host() {
        Some(Host::Domain(name)) => decoded(name)?,
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return Err("it has no host (write localhost where DB_SOCKET is set)"),
    };
    if url.username().is_empty() {
        return Err("it has no user");
    }
    let database = url.path().trim_start_matches('/');
    if database.contains('/') {
        return Err("what follows the host must be one name, that of the database");
    }
    let database = Some(decoded(database)?).filter(|name| !name.is_empty());
    let username = decoded(url.username())?;
    let password = SecretString::from(decoded(url.password().unwrap_or_default())?);
    Ok(Parsed::Server(engine, ServerUrl { host, port: url.port(), database, username, password }))
}

fn decoded(text: &str) -> Result<String, &'static str> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "its percent-encoding is not UTF-8")?;
    if decoded.contains('\0') { Err("it has a NUL character") } else { Ok(decoded.into_owned()) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn server_of(text: &str) -> (Engine, ServerUrl) {
        match parse(text).unwrap() {
            Parsed::Server(engine, server) => (engine, server),
            Parsed::File(path) => panic!("a file: {}", path.display()),
        }
    }

    #[test]
    fn every_part_of_a_server_url_is_taken_and_decoded() {
        let (engine, server) = server_of("mariadb://key%40stead:p%40ss%2Fw%3Ard%25@db.example:3307/auth%20db");
        assert_eq!(engine, Engine::MySql);
        assert_eq!((server.host.as_str(), server.port), ("db.example", Some(3307)));
        assert_eq!((server.username.as_str(), server.database.as_deref()), ("key@stead", Some("auth db")));
        assert_eq!(server.password.expose_secret(), "p@ss/w:rd%");
    }

    #[test]
    fn the_schemes_and_what_may_be_left_out() {
        for (scheme, expected) in
            [("mysql", Engine::MySql), ("postgres", Engine::Postgres), ("PostgreSQL", Engine::Postgres)]
        {
            let (engine, server) = server_of(&format!("{scheme}://u@[::1]"));
            assert_eq!((engine, server.host.as_str(), server.port, server.database), (expected, "::1", None, None));
            assert_eq!(server.password.expose_secret(), "");
        }
    }

    #[test]
    fn sqlite_urls_name_relative_and_absolute_files() {
        let cases = [
            ("sqlite:data/k.db", "data/k.db"),
            ("sqlite://data/k.db", "data/k.db"),
            ("sqlite:///srv/k.db", "/srv/k.db"),
            ("sqlite:/srv/k.db", "/srv/k.db"),
            ("sqlite:a%20%3Fb.db", "a ?b.db"),
        ];
        for (url, expected) in cases {
            assert!(matches!(parse(url).unwrap(), Parsed::File(path) if path == Path::new(expected)), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_quoting_it() {
        let cases = [
            "",
            "hunter2",
            "oracle://u:hunter2@h/d",
            "mysql+pymysql://u:hunter2@h/d",
            "mysql://h/d",
            "mysql:u:hunter2@h",
            "mysql://u:hunter2@/d",
            "mysql://u:hunter2#x@h/d",
            "mysql://u:hunter2@h/d?ssl-mode=required",
            "mysql://u:hunter2/x@h/d",
            "mysql://u:hunter2@h:99999/d",
            "mysql://u:hunter2%FF@h/d",
            "mysql://u:%00@h/d",
            "mysql://u:hunter2@h/d/e",
            "sqlite::memory:",
            "sqlite:",
            "sqlite://",
            "sqlite:data/?mode=rwc",
            "sqlite:data/",
        ];
        for url in cases {
            let why = parse(url).unwrap_err();
            assert!(!why.contains("hunter2"), "{url}: {why}");
        }
    }
}
