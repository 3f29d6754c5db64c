//! A user of another system, read from fields of any form into the types that this one goes by.
//!
//! Every rule for names, addresses and roles is the one that holds at the API. A row is taken as it is or refused with
//! what is wrong first; nothing of a refused row is quoted but the names of its fields. Whether a user is there already,
//! or a role is missing, only the database knows.

mod fields;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde_json::{Map, Value};
use uuid::Uuid;

use self::fields::Fields;
pub use self::refusal::RowRefusal;
use super::clock::Timestamp;
use super::email::Email;
use super::password::NewPassword;
use super::password::stored_hash::StoredHash;
use super::profile::{DisplayName, Metadata};
use super::role::{RoleName, USER};
use super::totp::TotpSecret;
use super::username::Username;

/// What a row may hold. All but `password` are also what an export writes.
pub const FIELDS: [&str; 19] = [
    "id",
    "email",
    "username",
    "password_hash",
    "password",
    "must_change_password",
    "display_name",
    "metadata",
    "active",
    "email_verified",
    "email_verified_at",
    "roles",
    "mfa_enabled",
    "mfa_secret",
    "created_at",
    "updated_at",
    "last_login",
    "locked_at",
    "password_changed_at",
];

/// The key in somebody's metadata under which the other system's id is kept, where it is no UUID.
pub const IMPORTED_ID: &str = "imported_id";

/// Roles of one user. Nobody has as many; the bound keeps a row from writing thousands.
const ROLES_MAX: usize = 64;

/// How a user's password comes.
#[derive(Clone, Debug)]
pub enum ImportedPassword {
    /// They come through a provider, or by the mail for forgotten passwords.
    None,
    /// As the other system keeps it, and as it is read here.
    Hash(String, StoredHash),
    /// To be judged and hashed here.
    Plain(NewPassword),
}

/// What holds for every row of a source.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The moment of accounts that do not say when they were made.
    pub now: Timestamp,
    /// Whether addresses count as shown to be their owners' where the source does not say.
    pub email_verified: bool,
    /// Whether somebody whose hash cannot be verified comes without a password, and not at all otherwise.
    pub drop_bad_hashes: bool,
}

/// A row that can be an account.
#[derive(Clone)]
pub struct ImportedUser {
    pub id: Uuid,
    /// Whether the source named the id; otherwise it was made from the time of creation.
    pub id_is_given: bool,
    pub email: Option<Email>,
    pub username: Option<Username>,
    pub password: ImportedPassword,
    pub display_name: Option<DisplayName>,
    pub metadata: Option<Metadata>,
    pub active: bool,
    pub email_verified_at: Option<Timestamp>,
    /// Always with `user`, which every account has.
    pub roles: BTreeSet<RoleName>,
    /// Of a second factor that is on.
    pub mfa_secret: Option<TotpSecret>,
    pub must_change_password: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_login: Option<Timestamp>,
    pub locked_at: Option<Timestamp>,
    pub password_changed_at: Timestamp,
}

impl ImportedUser {
    /// # Errors
    /// What is wrong first.
    pub fn parse(row: Map<String, Value>, reading: Reading) -> Result<Self, RowRefusal> {
        let mut fields = Fields::new(row);
        let created_at = fields.moment("created_at")?.unwrap_or(reading.now);
        let (given_id, foreign_id) = parse_id(fields.text("id")?)?;
        let email = fields.text("email")?.map(|text| Email::parse(&text)).transpose()?;
        let username = fields.text("username")?.map(|text| Username::parse(&text)).transpose()?;
        if email.is_none() && username.is_none() {
            return Err(RowRefusal::Nameless);
        }
        let password = parse_password(&mut fields, reading.drop_bad_hashes)?;
        let is_verified = fields.truth("email_verified")?;
        let verified_at = fields.moment("email_verified_at")?;
        let email_verified_at = match is_verified {
            Some(false) => None,
            Some(true) => Some(verified_at.unwrap_or(created_at)),
            None => verified_at.or(reading.email_verified.then_some(created_at)),
        };
        let user = Self {
            id: given_id.unwrap_or_else(|| id_of_moment(created_at)),
            id_is_given: given_id.is_some(),
            email_verified_at: email_verified_at.filter(|_| email.is_some()),
            email,
            username,
            password,
            display_name: fields.text("display_name")?.map(|text| DisplayName::parse(&text)).transpose()?,
            metadata: parse_metadata(&mut fields, foreign_id)?,
            active: fields.truth("active")?.unwrap_or(true),
            roles: parse_roles(&mut fields)?,
            mfa_secret: parse_second_factor(&mut fields)?,
            must_change_password: fields.truth("must_change_password")?.unwrap_or(false),
            created_at,
            updated_at: fields.moment("updated_at")?.unwrap_or(reading.now),
            last_login: fields.moment("last_login")?,
            locked_at: fields.moment("locked_at")?,
            password_changed_at: fields.moment("password_changed_at")?.unwrap_or(reading.now),
        };
        fields.nothing_is_left()?;
        Ok(user)
    }

    /// A name to speak of them by.
    pub fn name(&self) -> &str {
        let email = self.email.as_ref().map(Email::as_entered);
        email.or(self.username.as_ref().map(Username::as_entered)).unwrap_or_default()
    }
}

/// A UUID is kept as the account's own id; any other id is handed back as text.
fn parse_id(text: Option<String>) -> Result<(Option<Uuid>, Option<String>), RowRefusal> {
    let Some(text) = text else { return Ok((None, None)) };
    match Uuid::parse_str(&text) {
        // They stand for the ends of lists.
        Ok(id) if id.is_nil() || id.is_max() => Err(RowRefusal::kind("id", "no UUID of zeros or ones alone")),
        Ok(id) => Ok((Some(id), None)),
        Err(_) => Ok((None, Some(text))),
    }
}

/// As it would be, had the account been made here then: lists in the order of ids are lists in the order of time.
fn id_of_moment(moment: Timestamp) -> Uuid {
    let micros = u64::try_from(moment.as_micros()).unwrap_or(0);
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix_time(micros / 1_000_000, nanos, 0, 0))
}

fn parse_password(fields: &mut Fields, drop_bad_hashes: bool) -> Result<ImportedPassword, RowRefusal> {
    match (fields.text("password_hash")?, fields.text("password")?) {
        (None, None) => Ok(ImportedPassword::None),
        (Some(_), Some(_)) => Err(RowRefusal::TwoPasswords),
        (Some(text), None) => match StoredHash::parse(&text) {
            Ok(hash) => Ok(ImportedPassword::Hash(text, hash)),
            Err(_) if drop_bad_hashes => Ok(ImportedPassword::None),
            Err(why) => Err(why.into()),
        },
        // Hashed once more it would let nobody in.
        (None, Some(plain)) if StoredHash::parse(&plain).is_ok() => Err(RowRefusal::PasswordIsHash),
        (None, Some(plain)) => Ok(ImportedPassword::Plain(NewPassword::parse(SecretString::from(plain))?)),
    }
}

fn parse_metadata(fields: &mut Fields, foreign_id: Option<String>) -> Result<Option<Metadata>, RowRefusal> {
    let mut object = fields.object("metadata")?;
    if let Some(id) = foreign_id {
        object.get_or_insert_default().entry(IMPORTED_ID).or_insert(Value::String(id));
    }
    Ok(object.map(|object| Metadata::from_value(Value::Object(object))).transpose()?)
}

fn parse_roles(fields: &mut Fields) -> Result<BTreeSet<RoleName>, RowRefusal> {
    let mut names = fields.list("roles")?;
    if names.len() > ROLES_MAX {
        return Err(RowRefusal::TooManyRoles);
    }
    names.push(USER.name.to_owned());
    Ok(names.iter().map(|name| RoleName::parse(name)).collect::<Result<_, _>>()?)
}

/// A secret that never came into use is not a second factor.
fn parse_second_factor(fields: &mut Fields) -> Result<Option<TotpSecret>, RowRefusal> {
    let (is_on, secret) = (fields.truth("mfa_enabled")?, fields.text("mfa_secret")?);
    match (is_on, secret) {
        (Some(true), None) => Err(RowRefusal::MfaWithoutSecret),
        (Some(false), _) | (None, None) => Ok(None),
        (Some(true) | None, Some(text)) => {
            Ok(Some(TotpSecret::from_base32(&SecretString::from(text)).ok_or(RowRefusal::MfaSecret)?))
        }
    }
}
