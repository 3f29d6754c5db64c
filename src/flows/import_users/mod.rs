//! Users of another system, batch by batch: who can be an account becomes one, who is one stays as they are, and of the
//! others it is said why not.
//!
//! Nothing but one batch waits while another is written, so memory is that of two. Each batch is one unit and one event.

mod courtesy;
mod writing;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use uuid::Uuid;

use self::writing::{Judged, Writing};
use super::cause::Cause;
use super::new_password::{About, NewPasswordError, Rule};
use super::second_factor::seal_secret;
use super::{Context, Visit};
use crate::domain::audit_event::{Action, Actor};
use crate::domain::clock::Deadline;
use crate::domain::email::Email;
use crate::domain::password::{NewPassword, Weakness};
use crate::domain::profile::DisplayName;
use crate::domain::role::{ADMIN, Role};
use crate::domain::user_import::{ImportedPassword, ImportedUser, RowRefusal};
use crate::domain::username::Username;
use crate::store::audited::audited;
use crate::store::imported_users::{NewRecord, RoleIds};
use crate::store::role_definitions::{CreateRole, RoleCreated};

/// Rows judged before it is somebody else's turn on this thread: a command has one, and whoever writes the batch before has
/// its next statement to send.
const ROWS_A_TURN: usize = 32;
/// For one unit, or for judging and hashing one password.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is wanted besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportWishes {
    /// Nothing is written; everything else is as it would be.
    pub check: bool,
    /// Roles that do not exist are made, without permissions.
    pub create_roles: bool,
    /// People whose hash takes too much memory come without a password.
    pub drop_bad_hashes: bool,
}

/// A row of the source, by its line there.
pub struct ImportRow {
    pub line: u64,
    pub user: Result<ImportedUser, RowRefusal>,
}

impl ImportRow {
    pub fn metadata_bytes(&self) -> usize {
        let metadata = self.user.as_ref().ok().and_then(|user| user.metadata.as_ref());
        metadata.map_or(0, |metadata| metadata.as_str().len())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    #[error(transparent)]
    Row(#[from] RowRefusal),
    #[error("there is no role {0}; --create-roles makes it, without permissions, and --map FILE can name another")]
    NoSuchRole(String),
    #[error("its id, its e-mail address and its username belong to two accounts")]
    OfTwo,
    #[error("password_hash: it takes {0} MiB to verify, which is more than HASH_MEMORY_BUDGET_MIB leaves for one")]
    HashNeedsMemory(u32),
    #[error("password: {}", reasons(.0))]
    WeakPassword(Vec<Weakness>),
}

fn reasons(weaknesses: &[Weakness]) -> String {
    weaknesses.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A row that became nobody.
#[derive(Debug)]
pub struct Rejected {
    pub line: u64,
    /// Where it could be read as far as that.
    pub name: Option<String>,
    pub why: NotImported,
}

/// What became of some rows.
#[derive(Debug, Default)]
pub struct Batch {
    pub imported: usize,
    pub there: usize,
    pub rejected: Vec<Rejected>,
}

/// What ends the work on one row, or on all of them.
enum Stop {
    Row(NotImported),
    All(Cause),
}

pub struct Import<'a> {
    context: &'a Context,
    visit: Visit,
    wishes: ImportWishes,
    writing: Writing,
    roles: BTreeMap<String, Uuid>,
    /// How many rows have had a hash of which scheme.
    pub schemes: BTreeMap<&'static str, u64>,
    /// Roles that some row asked for and that were not there, with what became of them.
    pub missing_roles: BTreeMap<String, bool>,
}

impl<'a> Import<'a> {
    /// # Errors
    /// [`Cause`].
    pub async fn begin(context: &'a Context, visit: Visit, wishes: ImportWishes) -> Result<Self, Cause> {
        let roles = context.house.database.run(RoleIds, Deadline::within(PATIENCE)).await?;
        let writing = Writing::new(context.house.database.clone(), wishes.check);
        Ok(Self { context, visit, wishes, writing, roles, schemes: BTreeMap::new(), missing_roles: BTreeMap::new() })
    }

    /// How many rows the next batch should have.
    pub fn rows_at_once(&self) -> usize {
        self.writing.rows_at_once()
    }

    /// Judges a batch while the one before is written, and says what became of that one.
    ///
    /// # Errors
    /// [`Cause`]: nothing of a batch is written, or all of it; run again, its users are found.
    pub async fn take(&mut self, rows: Vec<ImportRow>) -> Result<Batch, Cause> {
        let mut rejected = Vec::new();
        let mut users = Vec::with_capacity(rows.len());
        for ImportRow { line, user } in rows {
            match user {
                Ok(user) => match self.roles_of(&user).await {
                    Ok(roles) => users.push((line, user, roles)),
                    Err(Stop::Row(why)) => rejected.push(reject(line, &user, why)),
                    Err(Stop::All(cause)) => return Err(cause),
                },
                Err(why) => rejected.push(Rejected { line, name: None, why: why.into() }),
            }
        }
        let at_once = self.context.house.hasher.threads_alive().max(1) as usize;
        let mut judged = Vec::with_capacity(users.len());
        for some in users.chunks(ROWS_A_TURN) {
            let this = &*self;
            let some = some.iter().map(|(_, user, roles)| this.record(user, roles));
            judged.extend(stream::iter(some).buffered(at_once).collect::<Vec<_>>().await);
            tokio::task::yield_now().await;
        }
        let (mut records, mut kept) = (Vec::with_capacity(users.len()), Vec::with_capacity(users.len()));
        for ((line, user, _), judged) in users.iter().zip(judged) {
            match judged {
                Ok((record, scheme)) => {
                    *self.schemes.entry(scheme).or_default() += 1;
                    records.push(record);
                    kept.push((*line, user.name().to_owned()));
                }
                Err(Stop::Row(why)) => rejected.push(reject(*line, user, why)),
                Err(Stop::All(cause)) => return Err(cause),
            }
        }
        let event = self.visit.event(Action::UsersImported, Actor::OPERATOR);
        self.writing.take(Judged { rejected, kept }, records, event).await
    }

    /// What became of the last batch.
    ///
    /// # Errors
    /// [`Cause`], as with every other.
    pub async fn finish(&mut self) -> Result<Batch, Cause> {
        self.writing.written().await
    }

    /// The ids of somebody's roles; those that are missing are made where that is wanted.
    async fn roles_of(&mut self, user: &ImportedUser) -> Result<Vec<Uuid>, Stop> {
        let mut ids = Vec::with_capacity(user.roles.len());
        for name in &user.roles {
            if let Some(id) = self.roles.get(name.as_str()) {
                ids.push(*id);
                continue;
            }
            let name = name.as_str().to_owned();
            self.missing_roles.insert(name.clone(), self.wishes.create_roles);
            if !self.wishes.create_roles {
                return Err(Stop::Row(NotImported::NoSuchRole(name)));
            }
            let id = self.make_role(&name).await.map_err(Stop::All)?;
            self.roles.insert(name, id);
            ids.push(id);
        }
        Ok(ids)
    }

    async fn make_role(&self, name: &str) -> Result<Uuid, Cause> {
        let (id, name) = (Uuid::now_v7(), name.to_owned());
        if self.wishes.check {
            return Ok(id);
        }
        let event = self.visit.event(Action::RoleCreated, Actor::OPERATOR).about(id).with("role", name.clone());
        let role =
            Role { id, name: name.clone(), description: None, permissions: [].into_iter().collect(), built_in: false };
        let create = audited(CreateRole(role), move |done| (*done == RoleCreated::Yes).then(|| event.clone()));
        let (database, deadline) = (&self.context.house.database, Deadline::within(PATIENCE));
        match database.run(create, deadline).await? {
            RoleCreated::Yes => Ok(id),
            // Somebody else was quicker.
            RoleCreated::NameTaken => {
                let found = database.run(RoleIds, deadline).await?.remove(&name);
                found.ok_or_else(|| Cause::Defect(format!("the role {name} is there and is not")))
            }
        }
    }

    /// As the tables are to hold them, and the scheme of the hash that they bring.
    async fn record(&self, user: &ImportedUser, roles: &[Uuid]) -> Result<(NewRecord, &'static str), Stop> {
        let (hashed_password, scheme) = match &user.password {
            ImportedPassword::None => (None, "none"),
            ImportedPassword::Plain(password) => (self.hashed(user, password.clone()).await?, "plain"),
            ImportedPassword::Hash(text, hash) if self.context.house.hasher.has_memory_for(hash) => {
                (Some(text.clone()), hash.scheme().name())
            }
            ImportedPassword::Hash(..) if self.wishes.drop_bad_hashes => (None, "none"),
            ImportedPassword::Hash(_, hash) => {
                return Err(Stop::Row(NotImported::HashNeedsMemory(hash.memory_kib() / 1_024)));
            }
        };
        let sealed = user.mfa_secret.as_ref().map(|secret| seal_secret(self.context, user.id, secret)).transpose();
        let record = NewRecord {
            id: user.id,
            id_is_given: user.id_is_given,
            email: user.email.clone(),
            username: user.username.clone(),
            password_changed_at: hashed_password.as_ref().map(|_| user.password_changed_at),
            hashed_password,
            display_name: user.display_name.clone(),
            metadata: user.metadata.clone(),
            active: user.active,
            email_verified_at: user.email_verified_at,
            sealed_mfa_secret: sealed.map_err(Stop::All)?,
            must_change_password: user.must_change_password,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login: user.last_login,
            locked_at: user.locked_at,
            roles: roles.to_vec(),
            is_administrator: user.roles.iter().any(|role| role.as_str() == ADMIN.name),
        };
        Ok((record, scheme))
    }

    /// A password that somebody kept in the clear is judged as every new one. Without a hash where nothing is written.
    async fn hashed(&self, user: &ImportedUser, password: NewPassword) -> Result<Option<String>, Stop> {
        let about = About {
            email: user.email.as_ref().map(Email::as_entered),
            username: user.username.as_ref().map(Username::as_entered),
            display_name: user.display_name.as_ref().map(DisplayName::as_str),
            holder: None,
        };
        let visit = Visit { deadline: Deadline::within(PATIENCE), ..self.visit.clone() };
        let rule = Rule::of(self.context, &visit);
        let accepted = rule.accept(password, &about).await.map_err(|error| match error {
            NewPasswordError::Weak(weaknesses) => Stop::Row(NotImported::WeakPassword(weaknesses)),
            NewPasswordError::Cause(cause) => Stop::All(cause),
        })?;
        if self.wishes.check {
            return Ok(None);
        }
        Ok(Some(rule.hash(accepted).await.map_err(Stop::All)?))
    }
}

fn reject(line: u64, user: &ImportedUser, why: NotImported) -> Rejected {
    Rejected { line, name: Some(user.name().to_owned()), why }
}
