//! An account as administrators see it, as JSON.

use serde::Serialize;

use crate::domain::clock::Timestamp;
use crate::domain::user_record::UserRecord;
use crate::http::account_json::AccountJson;

#[derive(Serialize)]
pub struct UserJson {
    #[serde(flatten)]
    account: AccountJson,
    locked_at: Option<String>,
    must_change_password: bool,
    password_changed_at: Option<String>,
}

impl From<UserRecord> for UserJson {
    fn from(record: UserRecord) -> Self {
        Self {
            locked_at: record.locked_at.map(Timestamp::rfc3339),
            must_change_password: record.must_change_password,
            password_changed_at: record.password_changed_at.map(Timestamp::rfc3339),
            account: AccountJson::new(record.account, record.roles),
        }
    }
}
