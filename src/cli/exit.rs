//! How a sub-command ends: the codes for scripts, and the one line for people.

use std::io::{self, Write as _};

use crate::config::Mistakes;
use crate::flows::admin::above::AboveError;
use crate::flows::cause::Cause;
use crate::store::error::StoreError;
use crate::store::migrations::MigrationError;
use crate::store::schema::SchemaError;

/// Part of `--help`, and the same words as in docs/cli.md.
pub const CODES: &str = "\
Exit codes:
  0  done, or nothing was left to do
  1  a failure that is none of the following
  2  a mistake in the command line or in the configuration; every mistake is printed
  3  what was named is not there
  4  it is there already, and another one (a name that is taken), or somebody else is at it
  5  the database's schema is behind, ahead, or not as it was recorded
  6  refused
  7  the database or the server cannot be reached";

/// The exit codes. They are a contract: scripts compare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Success = 0,
    Failure = 1,
    Mistake = 2,
    NotFound = 3,
    Conflict = 4,
    Schema = 5,
    Refused = 6,
    Unreachable = 7,
}

impl Exit {
    pub const fn code(self) -> i32 {
        self as i32
    }
}

/// Why a sub-command did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    cause: anyhow::Error,
}

impl Failure {
    /// `text`: a whole sentence or several, without a full stop at the end.
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, cause: anyhow::Error::msg(text.into()) }
    }

    /// Says what to do about it.
    pub fn hint(self, hint: &str) -> Self {
        Self { exit: self.exit, cause: anyhow::anyhow!("{:#}\n{hint}", self.cause) }
    }

    /// What is wrong, and what to do about it, where something was said.
    pub fn text_and_hint(&self) -> (String, String) {
        let whole = format!("{:#}", self.cause);
        let (text, hint) = whole.split_once('\n').unwrap_or((&whole, ""));
        (text.to_owned(), hint.replace('\n', "; "))
    }

    /// Prints it, each of its lines with the program's name before it.
    pub(super) fn tell(self) -> Exit {
        let mut out = io::stderr().lock();
        for line in format!("{:#}", self.cause).lines() {
            // There is nowhere else to say that standard error is gone.
            let _unsaid = writeln!(out, "keystead: {line}");
        }
        self.exit
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        let count = mistakes.0.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        Self::new(Exit::Mistake, format!("{count} {noun} in the configuration\n{mistakes}"))
    }
}

/// Standard output that is gone, or a file that cannot be written.
impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Self {
        Self { exit: Exit::Failure, cause: cause.into() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { exit: of_store(&error), cause: error.into() }
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        let exit = match &cause {
            Cause::DatabaseAway(error) => of_store(error),
            Cause::Overloaded(_) | Cause::Closing | Cause::Defect(_) => Exit::Failure,
        };
        Self { exit, cause: cause.into() }
    }
}

/// An operator holds everything, so this is not met on the command line.
impl From<AboveError> for Failure {
    fn from(error: AboveError) -> Self {
        match error {
            AboveError::Above => Self::new(Exit::Refused, error.to_string()),
            AboveError::Cause(cause) => cause.into(),
        }
    }
}

impl From<SchemaError> for Failure {
    fn from(error: SchemaError) -> Self {
        let (exit, hint) = match &error {
            SchemaError::NoFile(_) | SchemaError::NoDatabase { .. } => (Exit::NotFound, "`keystead db init` makes it"),
            SchemaError::File { .. } => (Exit::Failure, ""),
            SchemaError::Away { .. } => (Exit::Unreachable, ""),
            SchemaError::LoginRefused { .. } => (Exit::Refused, "see DB_USERNAME, DB_PASSWORD and DATABASE_URL"),
            SchemaError::MayNotCreate { .. } | SchemaError::NotAName(_) => (Exit::Refused, ""),
            SchemaError::LoginNeedsTls { .. } => (Exit::Mistake, ""),
            SchemaError::Migration(cause) => return of_migration(cause),
        };
        let failure = Self { exit, cause: error.into() };
        if hint.is_empty() { failure } else { failure.hint(hint) }
    }
}

fn of_migration(cause: &MigrationError) -> Failure {
    let exit = match cause {
        MigrationError::Dirty { .. } | MigrationError::Changed { .. } | MigrationError::Ahead { .. } => Exit::Schema,
        MigrationError::Unknown { .. } => Exit::NotFound,
        MigrationError::WouldLoseData { .. } => Exit::Refused,
        MigrationError::Busy { .. } | MigrationError::LeaseLost => Exit::Conflict,
        MigrationError::Failed { .. } | MigrationError::Record(_) => Exit::Failure,
        MigrationError::Store(error) => of_store(error),
    };
    let failure = Failure::new(exit, cause.to_string());
    if matches!(cause, MigrationError::Dirty { .. }) {
        return failure
            .hint("once nobody migrates any more, `keystead db upgrade --resume` sees what is done and goes on");
    }
    failure
}

fn of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::Unreachable(_) | StoreError::Late => Exit::Unreachable,
        StoreError::Contended(_)
        | StoreError::Conflict(_)
        | StoreError::Panicked
        | StoreError::RolledBack
        | StoreError::Closed
        | StoreError::Refused(_) => Exit::Failure,
    }
}
