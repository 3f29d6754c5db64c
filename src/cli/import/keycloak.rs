//! A realm as Keycloak exports it, or one of its files of users: one JSON object with a list `users`, which is read one by
//! one, however many there are. Whatever else it holds is passed over.

use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::keycloak_credentials::{Credential, password_hash, totp_secret};
use super::metered::{READ_AHEAD, Row};
use super::rows::{Broken, Fields, Rows};
use crate::domain::user_import::RowRefusal;

/// What a realm gives to everybody, and what has no meaning here.
pub const ITS_OWN_ROLES: [(&str, Option<&str>); 2] = [("offline_access", None), ("uma_authorization", None)];
/// The composite role of all defaults carries the realm's name.
const DEFAULT_ROLES: &str = "default-roles-";

pub fn read(input: impl Read, row: &Row, rows: &mut Rows) -> Result<(), Broken> {
    let mut ended = None;
    let mut reader = serde_json::Deserializer::from_reader(BufReader::with_capacity(READ_AHEAD, input));
    let realm = Realm { row, rows, ended: &mut ended };
    match (realm.deserialize(&mut reader).and_then(|()| reader.end()), ended) {
        (_, Some(broken)) => Err(broken),
        (Ok(()), None) => Ok(()),
        (Err(cause), None) if cause.is_io() => Err(Broken::Io(cause.into())),
        (Err(cause), None) => Err(Broken::Form(format!("it is no realm of Keycloak: {cause}"))),
    }
}

/// Reads the outermost object.
struct Realm<'a> {
    row: &'a Row,
    rows: &'a mut Rows,
    /// Why there is no use in reading on, since serde carries no error but its own.
    ended: &'a mut Option<Broken>,
}

impl<'de> DeserializeSeed<'de> for Realm<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Realm<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object with a list `users`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { row, rows, ended } = self;
        let mut found = false;
        while let Some(name) = members.next_key::<String>()? {
            if name == "users" {
                found = true;
                members.next_value_seed(Users { row, rows, ended })?;
                row.outside();
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::custom("there is no list `users` in it")) }
    }
}

/// Reads the list.
struct Users<'a> {
    row: &'a Row,
    rows: &'a mut Rows,
    ended: &'a mut Option<Broken>,
}

impl<'de> DeserializeSeed<'de> for Users<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Users<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut users: A) -> Result<(), A::Error> {
        let Self { row, rows, ended } = self;
        let mut number = 0;
        row.begins();
        // As text first: a user of another form is a row that is refused, and not the end of the file.
        while let Some(user) = users.next_element::<Box<RawValue>>()? {
            number += 1;
            if let Err(broken) = rows.take(number, fields(user.get())) {
                *ended = Some(broken);
                return Err(A::Error::custom("no more"));
            }
            row.begins();
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: Option<String>,
    username: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    enabled: Option<bool>,
    /// Milliseconds.
    created_timestamp: Option<i64>,
    #[serde(default)]
    attributes: Map<String, Value>,
    #[serde(default)]
    credentials: Vec<Credential>,
    #[serde(default)]
    required_actions: Vec<String>,
    #[serde(default)]
    realm_roles: Vec<String>,
}

fn fields(text: &str) -> Fields {
    let user: User = serde_json::from_str(text).map_err(|cause| {
        // Where, but not what: the message may quote a value.
        RowRefusal::Unreadable(format!("it is no user of Keycloak (character {} of it)", cause.column()))
    })?;
    let name = [user.first_name, user.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    // Where people sign in by address, Keycloak keeps it as their username too.
    let (username, email) = match (user.username, user.email) {
        (Some(name), None) if name.contains('@') => (None, Some(name)),
        (Some(name), Some(email)) if name.eq_ignore_ascii_case(&email) => (None, Some(email)),
        others => others,
    };
    let roles: Vec<_> = user.realm_roles.into_iter().filter(|role| !role.starts_with(DEFAULT_ROLES)).collect();
    let mut fields = json!({
        "id": user.id,
        "username": username,
        "email": email,
        "email_verified": user.email_verified,
        "display_name": name,
        "active": user.enabled.unwrap_or(true),
        "roles": roles,
        "must_change_password": user.required_actions.iter().any(|action| action == "UPDATE_PASSWORD"),
        "created_at": user.created_timestamp.map(moment),
        "password_hash": password_hash(&user.credentials)?,
        "mfa_secret": totp_secret(&user.credentials)?,
    });
    if !user.attributes.is_empty() {
        fields["metadata"] = json!({ "attributes": user.attributes });
    }
    match fields {
        Value::Object(fields) => Ok(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Ok(Map::new()),
    }
}

fn moment(millis: i64) -> String {
    crate::domain::clock::Timestamp::from_micros(millis.saturating_mul(1_000)).rfc3339()
}
