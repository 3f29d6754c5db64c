//! How a database's schema stands to this version of the program.

use super::exit::{Exit, Failure};
use crate::config::database::DatabaseSettings;
use crate::store::migrations::{MigrationError, Step, head};
use crate::store::schema::{self, SchemaError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// The newest migration that it has; 0 for none.
    Behind {
        at: i64,
    },
    /// A newer version of the program was here. Migrations are additive, so this one may serve all the same.
    Ahead {
        at: i64,
    },
}

/// The state, and what the database has of what this version knows; that is unknown where it is ahead.
///
/// # Errors
/// A [`Failure`] for everything that is no state: a database that is away, a record that is damaged.
pub async fn of(settings: &DatabaseSettings) -> Result<(SchemaState, Vec<Step>), Failure> {
    match schema::status(settings).await {
        Ok(steps) if steps.iter().all(|step| step.applied) => Ok((SchemaState::Current, steps)),
        Ok(steps) => {
            let at = steps.iter().filter(|step| step.applied).map(|step| step.version).max().unwrap_or(0);
            Ok((SchemaState::Behind { at }, steps))
        }
        Err(SchemaError::Migration(MigrationError::Ahead { version, .. })) => {
            Ok((SchemaState::Ahead { at: version }, Vec::new()))
        }
        Err(other) => Err(other.into()),
    }
}

/// The refusal to work on a schema that is behind.
pub fn behind(at: i64, remedy: &str) -> Failure {
    let head = head();
    Failure::new(Exit::Schema, format!("the database is at migration {at:04}, and this version needs {head:04}"))
        .hint(remedy)
}

/// The words for a schema that is ahead, which is a warning to some and the end for others.
pub fn ahead(at: i64) -> String {
    format!("the database has migration {at:04}, and this version knows them up to {:04}: a newer one was here", head())
}
