//! `users` and `user_roles`, many rows at once: users of other systems, who come in batches.
//!
//! A batch is one unit. It looks which of its users are there already, by id, address and username, and writes the others
//! together with the event that tells how many they were. Whoever is there stays as they are, so a run that was cut off
//! is run again. Somebody who registers meanwhile makes the unit run once more, and it finds them then.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::audit_events::{EventRow, event_columns, write};
use super::conn::{Conn, Statement};
use super::query::{Access, Query};
use super::sql::Sql;
use super::sweeping::marks;
use crate::domain::audit_event::NewEvent;
use crate::domain::clock::Timestamp;
use crate::domain::email::Email;
use crate::domain::profile::{DisplayName, Metadata};
use crate::domain::username::Username;
use crate::sql;

/// Under this name the event of a batch says how many it made; a repeated run reads it there.
const IMPORTED: &str = "imported";
/// Of them, how many may do everything.
const ADMINISTRATORS: &str = "administrators";

/// A user as the tables are to hold them.
#[expect(clippy::struct_excessive_bools, reason = "columns of a row")]
#[derive(Clone, Debug)]
pub struct NewRecord {
    pub id: Uuid,
    /// Otherwise it was drawn at random, and nobody else has it.
    pub id_is_given: bool,
    pub email: Option<Email>,
    pub username: Option<Username>,
    pub hashed_password: Option<String>,
    pub display_name: Option<DisplayName>,
    pub metadata: Option<Metadata>,
    pub active: bool,
    pub email_verified_at: Option<Timestamp>,
    /// Of a second factor that is on.
    pub sealed_mfa_secret: Option<Vec<u8>>,
    pub must_change_password: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_login: Option<Timestamp>,
    pub locked_at: Option<Timestamp>,
    pub password_changed_at: Option<Timestamp>,
    pub roles: Vec<Uuid>,
    pub is_administrator: bool,
}

/// Where a row of a batch leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Nobodys,
    /// An account has its id, its address or its username.
    Somebodys,
    /// Two accounts have them.
    OfTwo,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub imported: usize,
    pub there: usize,
    /// The rows, by their place in the batch, whose names lead to two accounts. Nothing became of them.
    pub of_two: Vec<usize>,
}

/// Whose the names of a batch are, where nothing is to be written.
pub struct FindHolders(pub Arc<Vec<NewRecord>>);

impl Query for FindHolders {
    const ACCESS: Access = Access::Read;
    type Output = Imported;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Imported> {
        Ok(sum(&whose(conn, &self.0).await?))
    }
}

/// Makes the users of a batch who are not there. `event`: what tells of it, but for the numbers.
pub struct ImportUsers {
    pub rows: Arc<Vec<NewRecord>>,
    pub event: NewEvent,
}

impl Query for ImportUsers {
    type Output = Imported;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Imported> {
        let whose = whose(conn, &self.rows).await?;
        let found = sum(&whose);
        if let Some(imported) = imported_before(conn, self.event.id).await? {
            // A COMMIT that nobody heard: those who are there now are the ones that it made, and those of before.
            let there = (found.there + found.imported).saturating_sub(imported);
            return Ok(Imported { imported, there, of_two: found.of_two });
        }
        let new = self.rows.iter().zip(&whose).filter(|(_, whose)| **whose == Whose::Nobodys);
        let new: Vec<&NewRecord> = new.map(|(row, _)| row).collect();
        if !new.is_empty() {
            insert(conn, USERS, &new, |statement, row| bind_user(statement, row)).await?;
            let now = conn.now();
            let held = new.iter().flat_map(|row| row.roles.iter().map(|role| (row.id, *role)));
            insert(conn, USER_ROLES, &held.collect::<Vec<_>>(), |statement, (user, role)| {
                statement.bind(*user).bind(*role).bind(now)
            })
            .await?;
            let administrators = new.iter().filter(|row| row.is_administrator).count();
            let event = self.event.clone().with(IMPORTED, new.len().to_string());
            write(conn, &event.with(ADMINISTRATORS, administrators.to_string())).await?;
        }
        Ok(found)
    }
}

fn sum(whose: &[Whose]) -> Imported {
    let count = |wanted: Whose| whose.iter().filter(|one| **one == wanted).count();
    let of_two = whose.iter().enumerate().filter(|(_, one)| **one == Whose::OfTwo).map(|(at, _)| at);
    Imported { imported: count(Whose::Nobodys), there: count(Whose::Somebodys), of_two: of_two.collect() }
}

/// How many an earlier run of this unit has made, if one was committed.
async fn imported_before(conn: &mut Conn<'_>, event_id: Uuid) -> sqlx::Result<Option<usize>> {
    let find = sql!(concat!("SELECT ", event_columns!(), " FROM audit_events e WHERE e.id = ?"));
    let Some(event) = conn.query(find).bind(event_id).optional::<EventRow>().await? else { return Ok(None) };
    let detail: BTreeMap<String, String> = serde_json::from_str(&event.detail).unwrap_or_default();
    Ok(Some(detail.get(IMPORTED).and_then(|count| count.parse().ok()).unwrap_or_default()))
}

#[derive(sqlx::FromRow)]
struct HolderRow {
    id: Uuid,
    email_key: Option<String>,
    username_key: Option<String>,
}

/// Who has which id, address and username.
#[derive(Default)]
struct Holders {
    ids: HashMap<Uuid, Uuid>,
    emails: HashMap<String, Uuid>,
    usernames: HashMap<String, Uuid>,
}

impl Holders {
    fn add(&mut self, id: Uuid, email_key: Option<String>, username_key: Option<String>) {
        self.ids.insert(id, id);
        self.emails.extend(email_key.map(|key| (key, id)));
        self.usernames.extend(username_key.map(|key| (key, id)));
    }

    fn of(&self, row: &NewRecord) -> Whose {
        let by_id = self.ids.get(&row.id);
        let by_email = row.email.as_ref().and_then(|email| self.emails.get(email.key()));
        let by_username = row.username.as_ref().and_then(|name| self.usernames.get(name.key()));
        let mut holders = [by_id, by_email, by_username].into_iter().flatten();
        match holders.next() {
            None => Whose::Nobodys,
            Some(first) if holders.all(|other| other == first) => Whose::Somebodys,
            Some(_) => Whose::OfTwo,
        }
    }
}

/// PostgreSQL keeps a statement's plan, and one that was made while the table was empty reads all of it: with 100,000 users
/// in it a unit would not end in time. For the length of a transaction, so it does nothing to a read outside of one.
const PLAN_ANEW: Sql = sql!("SELECT 1", postgres = "SET LOCAL plan_cache_mode = force_custom_plan");

/// Of two rows with one name the first makes the account, and the second finds it there.
async fn whose(conn: &mut Conn<'_>, rows: &[NewRecord]) -> sqlx::Result<Vec<Whose>> {
    conn.query(PLAN_ANEW).execute().await?;
    let mut holders = Holders::default();
    let ids = rows.iter().filter(|row| row.id_is_given).map(|row| row.id);
    find(conn, BY_ID, ids, &mut holders).await?;
    let emails = rows.iter().filter_map(|row| row.email.as_ref()).map(|email| email.key().to_owned());
    find(conn, BY_EMAIL, emails, &mut holders).await?;
    let usernames = rows.iter().filter_map(|row| row.username.as_ref()).map(|name| name.key().to_owned());
    find(conn, BY_USERNAME, usernames, &mut holders).await?;
    let judged = rows.iter().map(|row| {
        let whose = holders.of(row);
        if whose == Whose::Nobodys {
            let email_key = row.email.as_ref().map(|email| email.key().to_owned());
            holders.add(row.id, email_key, row.username.as_ref().map(|name| name.key().to_owned()));
        }
        whose
    });
    Ok(judged.collect())
}

/// The same statement for several numbers of rows: any number in few statements, none of them made from data.
type Arities = [(usize, Sql); 3];

macro_rules! holders_by {
    ($column:literal) => {
        [(64, holders_by!($column, 64)), (8, holders_by!($column, 8)), (1, holders_by!($column, 1))]
    };
    ($column:literal, $many:tt) => {
        sql!(concat!("SELECT id, email_key, username_key FROM users WHERE ", $column, " IN (", marks!($many), ")"))
    };
}

const BY_ID: Arities = holders_by!("id");
const BY_EMAIL: Arities = holders_by!("email_key");
const BY_USERNAME: Arities = holders_by!("username_key");

/// In the order of the index, so that keys of one page are asked for together.
async fn find<K: Clone + Ord + super::conn::Bind>(
    conn: &mut Conn<'_>,
    statements: Arities,
    keys: impl Iterator<Item = K>,
    holders: &mut Holders,
) -> sqlx::Result<()> {
    let mut keys: Vec<K> = keys.collect();
    keys.sort_unstable();
    let mut rest = keys.as_slice();
    for (arity, sql) in statements {
        while let Some((now, later)) = rest.split_at_checked(arity) {
            let statement = now.iter().fold(conn.query(sql), |statement, key| statement.bind(key.clone()));
            for HolderRow { id, email_key, username_key } in statement.all().await? {
                holders.add(id, email_key, username_key);
            }
            rest = later;
        }
    }
    Ok(())
}

macro_rules! many {
    (1, $row:literal) => {
        $row
    };
    (8, $row:literal) => {
        concat!($row, ", ", $row, ", ", $row, ", ", $row, ", ", $row, ", ", $row, ", ", $row, ", ", $row)
    };
    (32, $row:literal) => {
        concat!(many!(8, $row), ", ", many!(8, $row), ", ", many!(8, $row), ", ", many!(8, $row))
    };
}

/// At most 32 rows: with 18 values each they are 576, and a statement has 999 at most.
macro_rules! insert_into {
    ($table:literal, $row:literal) => {
        [
            (32, sql!(concat!("INSERT INTO ", $table, " VALUES ", many!(32, $row)))),
            (8, sql!(concat!("INSERT INTO ", $table, " VALUES ", many!(8, $row)))),
            (1, sql!(concat!("INSERT INTO ", $table, " VALUES ", many!(1, $row)))),
        ]
    };
}

const USERS: Arities = insert_into!(
    "users (id, email, email_key, username, username_key, hashed_password, active, created_at, updated_at, last_login, \
     mfa_secret, mfa_enabled, metadata, display_name, email_verified_at, password_changed_at, must_change_password, \
     locked_at, auth_epoch, claims_version, guard)",
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)"
);
const USER_ROLES: Arities = insert_into!("user_roles (user_id, role_id, granted_at)", "(?, ?, ?)");

async fn insert<R>(
    conn: &mut Conn<'_>,
    statements: Arities,
    rows: &[R],
    bind: impl for<'c> Fn(Statement<'c>, &R) -> Statement<'c>,
) -> sqlx::Result<()> {
    let mut rest = rows;
    for (arity, sql) in statements {
        while let Some((now, later)) = rest.split_at_checked(arity) {
            now.iter().fold(conn.query(sql), &bind).execute().await?;
            rest = later;
        }
    }
    Ok(())
}

fn bind_user<'c>(statement: Statement<'c>, row: &NewRecord) -> Statement<'c> {
    let (email, username) = (row.email.as_ref(), row.username.as_ref());
    statement
        .bind(row.id)
        .bind(email.map(|email| email.as_entered().to_owned()))
        .bind(email.map(|email| email.key().to_owned()))
        .bind(username.map(|name| name.as_entered().to_owned()))
        .bind(username.map(|name| name.key().to_owned()))
        .bind(row.hashed_password.clone())
        .bind(row.active)
        .bind(row.created_at)
        .bind(row.updated_at)
        .bind(row.last_login)
        .bind(row.sealed_mfa_secret.clone())
        .bind(row.sealed_mfa_secret.is_some())
        .bind(row.metadata.as_ref().map(|metadata| metadata.as_str().to_owned()))
        .bind(row.display_name.as_ref().map(|name| name.as_str().to_owned()))
        .bind(row.email_verified_at)
        .bind(row.password_changed_at)
        .bind(row.must_change_password)
        .bind(row.locked_at)
}

/// Every role's id, by its name.
pub struct RoleIds;

#[derive(sqlx::FromRow)]
struct RoleRow {
    id: Uuid,
    name: String,
}

impl Query for RoleIds {
    const ACCESS: Access = Access::Read;
    type Output = BTreeMap<String, Uuid>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<BTreeMap<String, Uuid>> {
        let rows: Vec<RoleRow> = conn.query(sql!("SELECT id, name FROM roles")).all().await?;
        Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
    }
}
