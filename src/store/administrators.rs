//! Making administrators: the first one by a one-time token, any one by the command line.

use uuid::Uuid;

use super::conn::Conn;
use super::one_time_tokens::{self, Kind};
use super::query::Query;
use super::{revocations, roles, users};
use crate::domain::account::NewAccount;
use crate::domain::revocation::{Revocation, What};
use crate::domain::role::ADMIN;
use crate::sql;
use std::time::Duration;

/// The row that everybody writes first who changes the number of administrators: counting alone is write skew.
pub(super) async fn guard(conn: &mut Conn<'_>) -> sqlx::Result<u64> {
    conn.query(sql!("UPDATE roles SET guard = guard + 1 WHERE name = ?")).bind(ADMIN.name).execute().await
}

/// Spends the set-up token and makes the first administrator, while there is none.
pub struct SetUp {
    pub token_hash: [u8; 32],
    pub attempt: Uuid,
    pub account: NewAccount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpDone {
    Yes,
    /// Never valid, expired, spent, or there is an administrator already.
    TokenSpent,
    EmailTaken,
    UsernameTaken,
}

impl Query for SetUp {
    type Output = SetUpDone;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<SetUpDone> {
        // Everybody who changes the number of administrators writes this row first: counting alone is write skew.
        conn.query(sql!("UPDATE roles SET guard = guard + 1 WHERE name = ?")).bind(ADMIN.name).execute().await?;
        let there_is_another = roles::administrator(conn).await?.is_some_and(|user_id| user_id != self.account.id);
        if there_is_another || one_time_tokens::find(conn, Kind::SetUp, self.token_hash, self.attempt).await?.is_none()
        {
            return Ok(SetUpDone::TokenSpent);
        }
        match users::create(conn, &self.account, ADMIN.name).await? {
            users::Created::EmailTaken => return Ok(SetUpDone::EmailTaken),
            users::Created::UsernameTaken => return Ok(SetUpDone::UsernameTaken),
            users::Created::Yes => {}
        }
        match one_time_tokens::consume(conn, Kind::SetUp, self.token_hash, self.attempt).await? {
            Some(_token) => Ok(SetUpDone::Yes),
            // Somebody spent it since it was looked at. The error undoes the account.
            None => Err(sqlx::Error::RowNotFound),
        }
    }
}

/// Gives an existing account the role `admin`. What it says is for the person at the terminal.
pub struct Promote {
    pub user_id: Uuid,
    /// How long an access token lives: until then the change of claims must stay known.
    pub access_ttl: Duration,
}

/// Whether the role is new to the user.
impl Query for Promote {
    type Output = bool;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<bool> {
        conn.query(sql!("UPDATE roles SET guard = guard + 1 WHERE name = ?")).bind(ADMIN.name).execute().await?;
        if roles::grant(conn, self.user_id, ADMIN.name).await? == 0 {
            // Held before, or granted by an earlier run of this very unit.
            return Ok(revocations::find(conn, conn.unit()).await?.is_some());
        }
        conn.query(sql!("UPDATE users SET claims_version = claims_version + 1 WHERE id = ?"))
            .bind(self.user_id)
            .execute()
            .await?;
        let version: Version =
            conn.query(sql!("SELECT claims_version FROM users WHERE id = ?")).bind(self.user_id).one().await?;
        let what = What::Claims { user_id: self.user_id, version: version.claims_version };
        let revocation = Revocation::new(conn.now(), what, "role_granted", self.access_ttl);
        revocations::write(conn, &Revocation { id: conn.unit(), ..revocation }).await?;
        Ok(true)
    }
}

#[derive(sqlx::FromRow)]
struct Version {
    claims_version: i64,
}
