//! `identities`: who somebody is at another provider. An identity is (issuer, subject), and belongs to one user.

use uuid::Uuid;

use super::conn::Conn;
use super::outbox::{self, NewMail};
use super::query::{Access, Query};
use super::users::{self, Created};
use crate::domain::account::NewAccount;
use crate::domain::clock::Timestamp;
use crate::domain::identity::{Identity, NewIdentity};
use crate::domain::provider::Subject;
use crate::domain::role::USER;
use crate::sql;

/// Of an account that was just made.
const FIRST_EPOCH: i64 = 0;

macro_rules! identity_columns {
    () => {
        "i.id, i.user_id, i.provider, i.issuer, i.subject, i.email, i.linked_at"
    };
}

#[derive(sqlx::FromRow)]
struct IdentityRow {
    id: Uuid,
    user_id: Uuid,
    provider: String,
    issuer: String,
    subject: String,
    email: Option<String>,
    linked_at: Timestamp,
}

impl From<IdentityRow> for Identity {
    fn from(row: IdentityRow) -> Self {
        let IdentityRow { id, user_id, provider, issuer, subject, email, linked_at } = row;
        Self { id, user_id, provider, issuer, subject, email, linked_at }
    }
}

/// Whose an identity is.
pub struct FindIdentity {
    pub issuer: String,
    pub subject: Subject,
}

impl Query for FindIdentity {
    const ACCESS: Access = Access::Read;
    type Output = Option<Identity>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Option<Identity>> {
        find(conn, &self.issuer, &self.subject).await
    }
}

async fn find(conn: &mut Conn<'_>, issuer: &str, subject: &Subject) -> sqlx::Result<Option<Identity>> {
    let found: Option<IdentityRow> = conn
        .query(sql!(concat!("SELECT ", identity_columns!(), " FROM identities i WHERE i.issuer = ? AND i.subject = ?")))
        .bind(issuer.to_owned())
        .bind(subject.as_str().to_owned())
        .optional()
        .await?;
    Ok(found.map(Identity::from))
}

/// The identities of a user, the oldest first.
pub struct FindIdentities {
    pub user_id: Uuid,
}

impl Query for FindIdentities {
    const ACCESS: Access = Access::Read;
    type Output = Vec<Identity>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Identity>> {
        all(conn, self.user_id).await
    }
}

pub(super) async fn all(conn: &mut Conn<'_>, user_id: Uuid) -> sqlx::Result<Vec<Identity>> {
    let find = sql!(concat!(
        "SELECT ",
        identity_columns!(),
        " FROM identities i WHERE i.user_id = ? ORDER BY i.linked_at, i.id"
    ));
    let found: Vec<IdentityRow> = conn.query(find).bind(user_id).all().await?;
    Ok(found.into_iter().map(Identity::from).collect())
}

/// Links an identity to an account that is as it was looked at.
#[derive(Clone)]
pub struct LinkIdentity {
    pub identity: NewIdentity,
    pub user_id: Uuid,
    /// The user's when linking was asked for.
    pub auth_epoch: i64,
    /// What its owner is told, where it is new.
    pub letter: Option<NewMail>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// By this call, or by one before it.
    Yes(Identity),
    /// It is another account's.
    Taken,
    /// The account was locked, disabled, deleted, or signed out everywhere since.
    Refused,
}

impl Query for LinkIdentity {
    type Output = Linked;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Linked> {
        let NewIdentity { issuer, subject, .. } = &self.identity;
        let is_new = insert(conn, &self.identity, self.user_id, self.auth_epoch).await? == 1;
        if let (true, Some(letter)) = (is_new, &self.letter) {
            outbox::put(conn, letter).await?;
        }
        Ok(match find(conn, issuer, subject).await? {
            Some(identity) if identity.user_id == self.user_id => Linked::Yes(identity),
            Some(_) => Linked::Taken,
            None => Linked::Refused,
        })
    }
}

/// Nothing where the identity is linked already, or the account is not one that may sign in.
async fn insert(conn: &mut Conn<'_>, identity: &NewIdentity, user_id: Uuid, auth_epoch: i64) -> sqlx::Result<u64> {
    let now = conn.now();
    conn.query(sql!(
        "INSERT INTO identities (id, user_id, provider, issuer, subject, email, linked_at) \
         SELECT ?, u.id, ?, ?, ?, ?, ? FROM users u WHERE u.id = ? AND u.auth_epoch = ? AND u.active = TRUE \
         AND u.locked_at IS NULL AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.issuer = ? AND i.subject = ?)"
    ))
    .bind(identity.id)
    .bind(identity.provider.as_str().to_owned())
    .bind(identity.issuer.clone())
    .bind(identity.subject.as_str().to_owned())
    .bind(identity.email.as_ref().map(|email| email.as_entered().to_owned()))
    .bind(now)
    .bind(user_id)
    .bind(auth_epoch)
    .bind(identity.issuer.clone())
    .bind(identity.subject.as_str().to_owned())
    .execute()
    .await
}

/// Makes an account for whoever comes from a provider for the first time.
#[derive(Clone)]
pub struct RegisterIdentity {
    pub account: NewAccount,
    pub identity: NewIdentity,
    /// `false`: only those are let in who are known.
    pub may_register: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityRegistered {
    Yes,
    /// It is linked to this account, which another call may have made just now.
    Known(Identity),
    /// The address has an account that this identity is not linked to.
    EmailTaken,
    /// Nobody has the address, and nobody may make an account.
    Closed,
}

impl Query for RegisterIdentity {
    type Output = IdentityRegistered;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<IdentityRegistered> {
        let NewIdentity { issuer, subject, .. } = &self.identity;
        let known = |found: Option<Identity>| {
            found.map(|identity| {
                let is_own = identity.user_id == self.account.id;
                if is_own { IdentityRegistered::Yes } else { IdentityRegistered::Known(identity) }
            })
        };
        if let Some(known) = known(find(conn, issuer, subject).await?) {
            return Ok(known);
        }
        let created = if self.may_register {
            users::create(conn, &self.account, USER.name).await?
        } else {
            users::who_holds(conn, self.account.id, self.account.email.as_ref(), None).await?
        };
        match created {
            Created::Yes if !self.may_register => return Ok(IdentityRegistered::Closed),
            Created::Yes => {}
            // Another call may have made it of this very identity since it was looked for.
            Created::EmailTaken | Created::UsernameTaken => {
                let known = known(find(conn, issuer, subject).await?);
                return Ok(known.unwrap_or(IdentityRegistered::EmailTaken));
            }
        }
        match insert(conn, &self.identity, self.account.id, FIRST_EPOCH).await? {
            1 => Ok(IdentityRegistered::Yes),
            // Linked since it was looked for. The error undoes the account; the next run says whose it is.
            _ => Err(super::error::overtaken()),
        }
    }
}

/// Takes an identity off an account, unless nobody could sign in to that any more.
#[derive(Clone)]
pub struct UnlinkIdentity {
    pub id: Uuid,
    pub user_id: Uuid,
    /// What its owner is told.
    pub letter: Option<NewMail>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinked {
    /// Or it was gone before.
    Yes,
    /// There is no password, and no other identity.
    LastCredential,
}

#[derive(sqlx::FromRow)]
struct Number {
    n: i64,
}

impl Query for UnlinkIdentity {
    type Output = Unlinked;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Unlinked> {
        // Everybody who takes a way in off an account writes its row first: counting alone is write skew.
        users::hold(conn, self.user_id).await?;
        let own = sql!("SELECT COUNT(*) AS n FROM identities WHERE id = ? AND user_id = ?");
        let own: Number = conn.query(own).bind(self.id).bind(self.user_id).one().await?;
        if own.n == 0 {
            return Ok(Unlinked::Yes);
        }
        let others: Number = conn
            .query(sql!(
                "SELECT COUNT(*) AS n FROM users u LEFT JOIN identities i ON i.user_id = u.id AND i.id <> ? \
                 WHERE u.id = ? AND (u.hashed_password IS NOT NULL OR i.id IS NOT NULL)"
            ))
            .bind(self.id)
            .bind(self.user_id)
            .one()
            .await?;
        if others.n == 0 {
            return Ok(Unlinked::LastCredential);
        }
        let delete = sql!("DELETE FROM identities WHERE id = ? AND user_id = ?");
        conn.query(delete).bind(self.id).bind(self.user_id).execute().await?;
        if let Some(letter) = &self.letter {
            outbox::put(conn, letter).await?;
        }
        Ok(Unlinked::Yes)
    }
}
