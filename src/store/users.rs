//! `users`: who there is, and what may be said about them.

use uuid::Uuid;

use super::conn::Conn;
use super::query::{Access, Query};
use crate::domain::account::{Account, NewAccount};
use crate::domain::clock::Timestamp;
use crate::domain::email::Email;
use crate::domain::standing::Standing;
use crate::domain::username::{Identifier, Username};
use crate::sql;

/// The columns of a [`UserRow`], for `users u`.
macro_rules! user_columns {
    () => {
        "u.id AS user_id, u.email, u.username, u.display_name, u.metadata, u.active, u.locked_at, u.email_verified_at, \
         u.mfa_enabled, u.must_change_password, u.password_changed_at, u.auth_epoch, u.claims_version, u.created_at AS user_created_at, \
         u.updated_at, u.last_login"
    };
}
pub(super) use user_columns;

/// A user as it stands in the table, without secrets.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UserRow {
    user_id: Uuid,
    email: Option<String>,
    username: Option<String>,
    display_name: Option<String>,
    metadata: Option<String>,
    active: bool,
    locked_at: Option<Timestamp>,
    email_verified_at: Option<Timestamp>,
    mfa_enabled: bool,
    must_change_password: bool,
    password_changed_at: Option<Timestamp>,
    auth_epoch: i64,
    claims_version: i64,
    user_created_at: Timestamp,
    updated_at: Timestamp,
    last_login: Option<Timestamp>,
}

impl UserRow {
    pub fn standing(&self) -> Standing {
        Standing {
            user_id: self.user_id,
            active: self.active,
            locked: self.locked_at.is_some(),
            // Nobody has to show what they have not got: an account without an address has a username.
            email_verified: self.email.is_none() || self.email_verified_at.is_some(),
            mfa_enabled: self.mfa_enabled,
            must_change_password: self.must_change_password,
            password_changed_at: self.password_changed_at,
            auth_epoch: self.auth_epoch,
            claims_version: self.claims_version,
        }
    }

    pub fn email_verified_at(&self) -> Option<Timestamp> {
        self.email_verified_at
    }

    pub fn locked_at(&self) -> Option<Timestamp> {
        self.locked_at
    }

    /// As it stands once its owner has chosen a new password and everything else was signed out for it.
    pub fn with_new_password(self, now: Timestamp) -> Self {
        let (must_change_password, password_changed_at) = (false, Some(now));
        Self { must_change_password, password_changed_at, auth_epoch: self.auth_epoch + 1, ..self }
    }

    pub fn account(self) -> Account {
        Account {
            id: self.user_id,
            email: self.email,
            username: self.username,
            display_name: self.display_name,
            metadata: self.metadata,
            active: self.active,
            email_verified: self.email_verified_at.is_some(),
            mfa_enabled: self.mfa_enabled,
            created_at: self.user_created_at,
            updated_at: self.updated_at,
            last_login: self.last_login,
        }
    }
}

/// Makes an account with one role.
pub struct CreateUser {
    pub account: NewAccount,
    pub role: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    Yes,
    EmailTaken,
    UsernameTaken,
}

impl Query for CreateUser {
    type Output = Created;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Created> {
        create(conn, &self.account, self.role).await
    }
}

#[derive(sqlx::FromRow)]
struct Holder {
    id: Uuid,
    email_key: Option<String>,
}

/// For units that make an account among other things. A repeated run finds its own account by the id it brought.
pub(super) async fn create(conn: &mut Conn<'_>, new: &NewAccount, role: &'static str) -> sqlx::Result<Created> {
    let email_key = new.email.as_ref().map(|email| email.key().to_owned());
    let username_key = new.username.as_ref().map(|name| name.key().to_owned());
    let inserted = conn
        .query(sql!(
            "INSERT INTO users (id, email, email_key, username, username_key, hashed_password, active, created_at, updated_at, \
             mfa_enabled, metadata, display_name, email_verified_at, auth_epoch, claims_version, password_changed_at, \
             must_change_password, guard) \
             SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, 0 FROM roles r WHERE r.name = ? \
             AND NOT EXISTS (SELECT 1 FROM users WHERE id = ? OR email_key = ? OR username_key = ?)"
        ))
        .bind(new.id)
        .bind(new.email.as_ref().map(|email| email.as_entered().to_owned()))
        .bind(email_key.clone())
        .bind(new.username.as_ref().map(|name| name.as_entered().to_owned()))
        .bind(username_key.clone())
        .bind(new.hashed_password.clone())
        .bind(true)
        .bind(new.created_at)
        .bind(new.created_at)
        .bind(false)
        .bind(new.metadata.as_ref().map(|metadata| metadata.as_str().to_owned()))
        .bind(new.display_name.as_ref().map(|name| name.as_str().to_owned()))
        .bind(new.email_verified_at)
        .bind(new.hashed_password.as_ref().map(|_| new.created_at))
        .bind(false)
        .bind(role)
        .bind(new.id)
        .bind(email_key.clone())
        .bind(username_key.clone())
        .execute()
        .await?;
    if inserted == 1 {
        super::roles::grant(conn, new.id, role).await?;
        return Ok(Created::Yes);
    }
    match holder(conn, new.id, email_key, username_key).await? {
        Some(outcome) => Ok(outcome),
        None => {
            Err(sqlx::Error::InvalidArgument(format!("there is no role {role}; `keystead db create-roles` makes it")))
        }
    }
}

/// Whose a name is: `Yes` when it is `id`'s own, `None` when it is nobody's.
async fn holder(
    conn: &mut Conn<'_>,
    id: Uuid,
    email_key: Option<String>,
    username_key: Option<String>,
) -> sqlx::Result<Option<Created>> {
    let holders: Vec<Holder> = conn
        .query(sql!("SELECT id, email_key FROM users WHERE id = ? OR email_key = ? OR username_key = ?"))
        .bind(id)
        .bind(email_key.clone())
        .bind(username_key)
        .all()
        .await?;
    let email_is_held = email_key.is_some() && holders.iter().any(|holder| holder.email_key == email_key);
    Ok(if holders.is_empty() {
        None
    } else if holders.iter().any(|holder| holder.id == id) {
        Some(Created::Yes)
    } else if email_is_held {
        Some(Created::EmailTaken)
    } else {
        Some(Created::UsernameTaken)
    })
}

/// Whether a name is taken, before the work of hashing is done for it. `Yes` when it is free, or `id`'s own.
pub struct WhoHolds {
    pub id: Uuid,
    pub email: Option<Email>,
    pub username: Option<Username>,
}

impl Query for WhoHolds {
    const ACCESS: Access = Access::Read;
    type Output = Created;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Created> {
        who_holds(conn, self.id, self.email.as_ref(), self.username.as_ref()).await
    }
}

/// For units that look before they spend something.
pub(super) async fn who_holds(
    conn: &mut Conn<'_>,
    id: Uuid,
    email: Option<&Email>,
    username: Option<&Username>,
) -> sqlx::Result<Created> {
    let email_key = email.map(|email| email.key().to_owned());
    let username_key = username.map(|name| name.key().to_owned());
    Ok(holder(conn, id, email_key, username_key).await?.unwrap_or(Created::Yes))
}

/// Holds the row of a user until the unit ends. For units that spend or withdraw tokens of a user and change the user too:
/// all of them take the user first and the tokens then, so that no two wait for each other (which PostgreSQL notices
/// only after a second).
pub(super) async fn hold(conn: &mut Conn<'_>, id: Uuid) -> sqlx::Result<u64> {
    conn.query(sql!("UPDATE users SET guard = guard + 1 WHERE id = ?")).bind(id).execute().await
}

/// What a sign-in needs to know of the account that somebody names.
pub struct FindCredentials(pub Identifier);

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CredentialsRow {
    pub hashed_password: Option<String>,
    #[sqlx(flatten)]
    pub user: UserRow,
}

impl Query for FindCredentials {
    const ACCESS: Access = Access::Read;
    type Output = Option<CredentialsRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<CredentialsRow>> {
        let (sql, key) = match &self.0 {
            Identifier::Email(email) => (
                sql!(concat!("SELECT u.hashed_password, ", user_columns!(), " FROM users u WHERE u.email_key = ?")),
                email.key(),
            ),
            Identifier::Username(name) => (
                sql!(concat!("SELECT u.hashed_password, ", user_columns!(), " FROM users u WHERE u.username_key = ?")),
                name.key(),
            ),
        };
        conn.query(sql).bind(key.to_owned()).optional().await
    }
}

pub struct FindUser {
    pub id: Uuid,
}

impl Query for FindUser {
    const ACCESS: Access = Access::Read;
    type Output = Option<UserRow>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<UserRow>> {
        conn.query(sql!(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?")))
            .bind(self.id)
            .optional()
            .await
    }
}
