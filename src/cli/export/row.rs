//! A user as `import` reads one: the names of the API's JSON, and what only an export has.

use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};

use crate::domain::clock::Timestamp;
use crate::domain::user_record::UserRecord;
use crate::flows::export_users::ExportedAccount;

/// In the order of the columns.
pub const COLUMNS: [&str; 16] = [
    "id",
    "email",
    "username",
    "display_name",
    "metadata",
    "active",
    "email_verified",
    "email_verified_at",
    "roles",
    "mfa_enabled",
    "must_change_password",
    "created_at",
    "updated_at",
    "last_login",
    "locked_at",
    "password_changed_at",
];
/// What signs somebody in.
pub const SECRET_COLUMNS: [&str; 2] = ["password_hash", "mfa_secret"];

pub fn of(account: ExportedAccount) -> Map<String, Value> {
    let ExportedAccount { record, email_verified_at, secrets } = account;
    let UserRecord { account, locked_at, must_change_password, password_changed_at, roles } = record;
    // To the microsecond, so that what comes in again is what it was.
    let moment = |at: Option<Timestamp>| at.map(Timestamp::rfc3339_micros);
    let metadata = account.metadata.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let row = json!({
        "id": account.id,
        "email": account.email,
        "username": account.username,
        "display_name": account.display_name,
        "metadata": metadata,
        "active": account.active,
        "email_verified": account.email_verified,
        "email_verified_at": moment(email_verified_at),
        "roles": roles,
        "mfa_enabled": account.mfa_enabled,
        "must_change_password": must_change_password,
        "created_at": moment(Some(account.created_at)),
        "updated_at": moment(Some(account.updated_at)),
        "last_login": moment(account.last_login),
        "locked_at": moment(locked_at),
        "password_changed_at": moment(password_changed_at),
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    if let Some(secrets) = secrets {
        let values = [secrets.password_hash, secrets.mfa_secret];
        for (name, secret) in SECRET_COLUMNS.into_iter().zip(values) {
            row.insert(name.to_owned(), secret.map(|secret| secret.expose_secret().to_owned()).into());
        }
    }
    row
}

/// As it stands in a table.
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";"),
        Some(value @ (Value::Bool(_) | Value::Number(_) | Value::Object(_))) => value.to_string(),
    }
}
