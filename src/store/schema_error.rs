//! What can be wrong with a database that is to be made, migrated or looked at, told apart for the one who set it up.

use std::io;
use std::path::PathBuf;

use super::error::StoreError;
use super::migrations::MigrationError;
use crate::config::database::ServerAddress;

#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("there is no database file {}", .0.display())]
    NoFile(PathBuf),
    #[error("the database file {} cannot be used: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("the {kind} server at {place} has no database \"{database}\"")]
    NoDatabase { kind: &'static str, place: String, database: String },
    #[error("the {kind} server at {place} cannot be reached: {why}")]
    Away { kind: &'static str, place: String, why: String },
    #[error("the {kind} server at {place} refuses the login: {why}")]
    LoginRefused { kind: &'static str, place: String, why: String },
    /// MySQL 8 asks for RSA over plain TCP, which is not built in.
    #[error(
        "the {kind} server at {place} takes this login over TLS or a socket only: see DB_TLS and DB_SOCKET ({why})"
    )]
    LoginNeedsTls { kind: &'static str, place: String, why: String },
    #[error("this user may not create the database ({why}); somebody who may has to: CREATE DATABASE {database}")]
    MayNotCreate { database: String, why: String },
    #[error("{0:?} is more than letters, digits, _ and -; a database of such a name has to be made by hand")]
    NotAName(String),
    #[error(transparent)]
    Migration(#[from] MigrationError),
}

/// `host:port`, or the path of the socket.
pub(super) fn place(address: &ServerAddress) -> String {
    match &address.socket {
        Some(path) => path.display().to_string(),
        None if address.host.contains(':') => format!("[{}]:{}", address.host, address.port),
        None => format!("{}:{}", address.host, address.port),
    }
}

impl SchemaError {
    pub(super) fn of_connecting(kind: &'static str, address: &ServerAddress, cause: sqlx::Error) -> Self {
        let place = place(address);
        match &cause {
            sqlx::Error::Database(refusal) => match Refusal::of(refusal.as_ref()) {
                Refusal::NoDatabase => Self::NoDatabase { kind, place, database: address.database.clone() },
                Refusal::NotPermitted => Self::LoginRefused { kind, place, why: refusal.message().to_owned() },
                Refusal::ThereAlready | Refusal::Other => MigrationError::from(cause).into(),
            },
            sqlx::Error::Io(why) => Self::Away { kind, place, why: why.to_string() },
            sqlx::Error::Configuration(why) => Self::LoginNeedsTls { kind, place, why: why.to_string() },
            other => {
                let why = other.to_string();
                match StoreError::from(cause) {
                    StoreError::Unreachable(_) => Self::Away { kind, place, why },
                    rest => MigrationError::from(rest).into(),
                }
            }
        }
    }

    /// `None`: somebody else has made it in the meantime.
    pub(super) fn of_creating(database: &str, cause: sqlx::Error) -> Option<Self> {
        let refusal = cause.as_database_error().map_or(Refusal::Other, Refusal::of);
        match refusal {
            Refusal::ThereAlready => None,
            Refusal::NotPermitted => Some(Self::MayNotCreate { database: database.to_owned(), why: cause.to_string() }),
            Refusal::NoDatabase | Refusal::Other => Some(MigrationError::from(cause).into()),
        }
    }
}

/// What a server says no to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    NoDatabase,
    /// To log in, to enter the database, to create one.
    NotPermitted,
    ThereAlready,
    Other,
}

impl Refusal {
    fn of(refusal: &dyn sqlx::error::DatabaseError) -> Self {
        if let Some(refusal) = refusal.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
            return match refusal.number() {
                1049 => Self::NoDatabase,
                1044 | 1045 | 1698 => Self::NotPermitted,
                1007 => Self::ThereAlready,
                _ => Self::Other,
            };
        }
        match refusal.code().as_deref() {
            Some("3D000") => Self::NoDatabase,
            Some("28P01" | "28000" | "42501") => Self::NotPermitted,
            Some("42P04") => Self::ThereAlready,
            Some(_) | None => Self::Other,
        }
    }
}
