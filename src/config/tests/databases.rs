//! The database's settings: single ones, a URL, and what they must not say together.

use std::path::PathBuf;

use secrecy::ExposeSecret as _;

use super::super::database::{ServerAddress, Target, TlsMode};
use super::*;

fn target(pairs: &[(&str, &str)]) -> Target {
    read(pairs).unwrap().database.target
}

fn postgres(pairs: &[(&str, &str)]) -> ServerAddress {
    match target(pairs) {
        Target::Postgres(address) => address,
        other => panic!("{other:?}"),
    }
}

#[test]
fn single_settings_make_an_address() {
    let given = [
        ("DB_TYPE", "postgres"),
        ("DB_HOST", "[fe80::1]"),
        ("DB_USERNAME", "u"),
        ("DB_PASSWORD", " p "),
        ("DB_TLS", "verify"),
    ];
    let address = postgres(&given);
    assert_eq!((address.host.as_str(), address.port, address.database.as_str()), ("fe80::1", 5432, "keystead"));
    assert_eq!((address.username.as_str(), address.password.expose_secret()), ("u", " p "));
    assert_eq!((address.tls, address.tls_ca, address.socket), (TlsMode::Verify, None, None));
}

#[test]
fn a_socket_needs_no_host() {
    let given = [("DB_TYPE", "mysql"), ("DB_SOCKET", "/run/mysqld/mysqld.sock"), ("DB_USERNAME", "u")];
    let Target::MySql(address) = target(&given) else { panic!("not MySQL") };
    assert_eq!((address.host.as_str(), address.port), ("localhost", 3306));
    assert_eq!(address.socket, Some(PathBuf::from("/run/mysqld/mysqld.sock")));
}

#[test]
fn a_server_without_host_and_user_is_told_what_it_needs() {
    let lines = lines(read(&[("DB_TYPE", "mysql")]));
    assert_eq!(lines.len(), 2, "{lines:?}");
    for name in ["DB_HOST", "DB_SOCKET", "DB_USERNAME", "DB_PASSWORD", "DATABASE_URL"] {
        assert!(lines[0].contains(name), "{}", lines[0]);
    }
    assert_eq!(lines[1], "DB_USERNAME: is not set; DB_TYPE=mysql needs a user");
}

#[test]
fn a_url_replaces_the_single_settings_but_not_tls() {
    let given = [
        ("DATABASE_URL", "postgres://u:p%40@db:6432/auth"),
        ("DB_HOST", "elsewhere"),
        ("DB_USERNAME", "other"),
        ("DB_TLS", "required"),
    ];
    let address = postgres(&given);
    assert_eq!((address.host.as_str(), address.port, address.database.as_str()), ("db", 6432, "auth"));
    assert_eq!((address.username.as_str(), address.password.expose_secret()), ("u", "p@"));
    assert_eq!(address.tls, TlsMode::Required);
    assert_eq!(postgres(&[("DATABASE_URL", "postgresql://u@db")]).database, "keystead");
}

#[test]
fn a_url_must_agree_with_the_type() {
    let given = [("DB_TYPE", "mysql"), ("DATABASE_URL", "postgres://u:hunter2@db/auth")];
    let line = only_line(read(&given));
    assert_eq!(line, "DB_TYPE: is mysql, but DATABASE_URL is for postgres; must agree with it or go");
    let agreeing = [("DB_TYPE", "mysql"), ("DATABASE_URL", "mariadb://u:p@db/auth")];
    assert!(matches!(target(&agreeing), Target::MySql(_)));
}

#[test]
fn a_broken_url_is_not_quoted() {
    let line = only_line(read(&[("DATABASE_URL", "mysql://root:hunter2@/auth?x=1")]));
    assert!(line.starts_with("DATABASE_URL: has a value (not shown)") && !line.contains("hunter2"), "{line}");
}

#[test]
fn a_host_without_a_type_is_no_quiet_sqlite() {
    assert!(only_line(read(&[("DB_HOST", "db")])).starts_with("DB_TYPE: is not set"));
    assert!(target(&[("DB_HOST", "db"), ("DB_TYPE", "sqlite")]).is_sqlite());
}

#[test]
fn sqlite_is_a_file_and_its_folder_is_the_data_folder() {
    let database = read(&[("DATABASE_URL", "sqlite:///srv/auth/k.db")]).unwrap().database;
    assert!(matches!(&database.target, Target::Sqlite { path } if path == &PathBuf::from("/srv/auth/k.db")));
    assert_eq!(database.data_dir, PathBuf::from("/srv/auth"));
    assert_eq!(read(&[("DB_PATH", "k.db")]).unwrap().database.data_dir, PathBuf::from("."));
    for path in [":memory:", "data/", "sqlite:data/k.db"] {
        assert!(only_line(read(&[("DB_PATH", path)])).starts_with("DB_PATH: is"), "{path}");
    }
}

#[test]
fn the_pool_is_both_numbers_together() {
    let database = read(&[("DB_POOL_SIZE", "3"), ("DB_MAX_OVERFLOW", "0")]).unwrap().database;
    assert_eq!((database.pool_kept, database.pool_max), (3, 3));
    assert!(only_line(read(&[("DB_POOL_SIZE", "0")])).contains("from 1 to 1000"));
}

#[test]
fn the_authority_must_be_a_file() {
    assert!(only_line(read(&[("DB_TLS_CA", "/no/such.pem")])).contains("an existing PEM file"));
}
