//! The migrations' files as this program carries them; `build.rs` writes the three arrays.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType};

use super::{MigrationError, Step};
use crate::sql;
use crate::store::sql::Sql;

/// One migration of one database.
#[derive(Debug)]
pub struct Embedded {
    pub(super) version: i64,
    pub(super) name: &'static str,
    pub(super) up: &'static str,
    pub(super) down: &'static str,
    pub(super) loses: &'static [Loss],
}

/// A table whose rows a down drops, and the statement that counts one row or none in it.
#[derive(Debug)]
pub struct Loss {
    pub(super) table: &'static str,
    pub(super) probe: Sql,
}

impl Embedded {
    pub(super) fn up(&self) -> Migration {
        self.migration(MigrationType::ReversibleUp, self.up)
    }

    pub(super) fn down(&self) -> Migration {
        self.migration(MigrationType::ReversibleDown, self.down)
    }

    fn migration(&self, way: MigrationType, text: &'static str) -> Migration {
        // `no_tx` is false: SQLite and PostgreSQL run the file and its record in one transaction. MySQL commits before
        // and after each DDL statement, hence one statement a file there.
        Migration::new(self.version, Cow::Borrowed(self.name), way, text.into_sql_str(), false)
    }

    pub(super) fn told(&self, applied: bool) -> Step {
        Step { version: self.version, name: self.name, applied }
    }

    pub(super) fn failed(&self, cause: MigrateError) -> MigrationError {
        MigrationError::Failed { version: self.version, name: self.name, cause }
    }
}

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));
