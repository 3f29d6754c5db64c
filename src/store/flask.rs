//! The tables of a Flask application: `users`, and where there are such `roles` and `user_roles`. Read only, user by user,
//! however many there are.
//!
//! Two statements run side by side in the order of the users' ids, and are put together as they come. Everything is read
//! as text, which is how SQLite and MySQL's text protocol give it: columns of other applications have other types.

use std::time::Duration;

use futures_util::stream::{BoxStream, TryStreamExt as _};
use sqlx::mysql::MySqlRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Column as _, ConnectOptions as _, Connection as _, Row, raw_sql};
use tokio::sync::mpsc::Sender;

use super::dial;
use crate::config::database::Target;

/// How long an application that writes may hold up a reader of its SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const USERS: &str = "SELECT * FROM users ORDER BY id";
const ROLES: &str = "SELECT u.id, r.name FROM users u JOIN user_roles ur ON ur.user_id = u.id \
                     JOIN roles r ON r.id = ur.role_id ORDER BY u.id";

/// A row of `users`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlaskUser {
    pub columns: Vec<(String, Option<String>)>,
    pub roles: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum FlaskError {
    #[error("it has no table users with a column id: {0}")]
    NoUsers(sqlx::Error),
    #[error("it cannot be read: {0}")]
    Away(#[from] sqlx::Error),
    #[error("only SQLite files and MySQL or MariaDB are read")]
    Unsupported,
}

/// Ends early when nobody takes them any more.
///
/// # Errors
/// [`FlaskError`].
pub async fn read_users(source: &Target, users: Sender<FlaskUser>) -> Result<(), FlaskError> {
    match source {
        Target::Sqlite { path } => {
            let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
            let (mut one, mut other) = (options.connect().await?, options.connect().await?);
            let has_roles = found(raw_sql(ROLES).fetch(&mut other).try_next().await.map(drop))?;
            let roles: BoxStream<'_, _> = if has_roles { raw_sql(ROLES).fetch(&mut other) } else { nothing() };
            hand_on::<SqliteRow>(raw_sql(USERS).fetch(&mut one), roles, &users).await?;
            one.close().await?;
        }
        Target::MySql(address) => {
            let options = dial::mysql(address);
            let (mut one, mut other) = (options.connect().await?, options.connect().await?);
            let has_roles = found(raw_sql(ROLES).fetch(&mut other).try_next().await.map(drop))?;
            let roles: BoxStream<'_, _> = if has_roles { raw_sql(ROLES).fetch(&mut other) } else { nothing() };
            hand_on::<MySqlRow>(raw_sql(USERS).fetch(&mut one), roles, &users).await?;
        }
        Target::Postgres(_) => return Err(FlaskError::Unsupported),
    }
    Ok(())
}

fn nothing<R: Send + 'static>() -> BoxStream<'static, sqlx::Result<R>> {
    Box::pin(futures_util::stream::empty())
}

/// Whether a statement found its tables. SQLite says it in words, MySQL with SQLSTATE 42S02.
fn found(ran: sqlx::Result<()>) -> sqlx::Result<bool> {
    match ran {
        Ok(()) => Ok(true),
        Err(sqlx::Error::Database(refusal))
            if refusal.message().contains("no such table") || refusal.code().as_deref() == Some("42S02") =>
        {
            Ok(false)
        }
        Err(cause) => Err(cause),
    }
}

/// A value as text.
trait Texts: Row {
    fn text(&self, at: usize) -> sqlx::Result<Option<String>>;
}

impl Texts for SqliteRow {
    fn text(&self, at: usize) -> sqlx::Result<Option<String>> {
        self.try_get_unchecked(at)
    }
}

impl Texts for MySqlRow {
    fn text(&self, at: usize) -> sqlx::Result<Option<String>> {
        self.try_get_unchecked(at)
    }
}

async fn hand_on<R: Texts>(
    mut users: BoxStream<'_, sqlx::Result<R>>,
    mut roles: BoxStream<'_, sqlx::Result<R>>,
    to: &Sender<FlaskUser>,
) -> Result<(), FlaskError> {
    let mut next_role = roles.try_next().await?;
    loop {
        let row = match users.try_next().await {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(()),
            Err(cause @ sqlx::Error::Database(_)) => return Err(FlaskError::NoUsers(cause)),
            Err(cause) => return Err(cause.into()),
        };
        let names = row.columns().iter().enumerate();
        let columns = names.map(|(at, column)| Ok((column.name().to_owned(), row.text(at)?)));
        let columns = columns.collect::<sqlx::Result<Vec<_>>>()?;
        let id = columns.iter().find(|(name, _)| name == "id").and_then(|(_, id)| id.clone());
        let mut held = Vec::new();
        // Each of them has its user, and both come in the order of the ids.
        while let Some(role) = &next_role
            && role.text(0)? == id
        {
            held.extend(role.text(1)?);
            next_role = roles.try_next().await?;
        }
        if to.send(FlaskUser { columns, roles: held }).await.is_err() {
            return Ok(());
        }
    }
}
