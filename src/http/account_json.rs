//! An account, and the tokens for it, as JSON.

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::domain::account::Account;
use crate::domain::clock::{Clock, Timestamp};
use crate::flows::issue::IssuedTokens;

#[derive(Serialize)]
pub struct AccountJson {
    id: Uuid,
    email: Option<String>,
    username: Option<String>,
    display_name: Option<String>,
    /// The text as it stands in the table; it was checked when it came in.
    metadata: Option<Box<RawValue>>,
    active: bool,
    email_verified: bool,
    mfa_enabled: bool,
    roles: Vec<String>,
    created_at: String,
    updated_at: String,
    last_login: Option<String>,
}

impl AccountJson {
    pub fn new(account: Account, roles: Vec<String>) -> Self {
        Self {
            id: account.id,
            email: account.email,
            username: account.username,
            display_name: account.display_name,
            metadata: account.metadata.and_then(|text| RawValue::from_string(text).ok()),
            active: account.active,
            email_verified: account.email_verified,
            mfa_enabled: account.mfa_enabled,
            roles,
            created_at: account.created_at.rfc3339(),
            updated_at: account.updated_at.rfc3339(),
            last_login: account.last_login.map(Timestamp::rfc3339),
        }
    }
}

/// The answer to a sign-in that is complete.
#[derive(Serialize)]
pub struct TokensJson {
    status: &'static str,
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    expires_at: String,
    refresh_token: String,
    refresh_expires_in: u64,
    session_id: Uuid,
    device_token: String,
    user: AccountJson,
}

impl TokensJson {
    pub fn new(tokens: IssuedTokens, clock: &Clock) -> Self {
        Self {
            status: "authenticated",
            access_token: tokens.access_token.expose_secret().to_owned(),
            token_type: "Bearer",
            expires_in: seconds_until(tokens.access_expires_at, clock),
            expires_at: tokens.access_expires_at.rfc3339(),
            refresh_token: tokens.refresh_token.expose_secret().to_owned(),
            refresh_expires_in: seconds_until(tokens.refresh_expires_at, clock),
            session_id: tokens.session_id,
            device_token: tokens.device_token.expose_secret().to_owned(),
            user: AccountJson::new(tokens.account, tokens.roles),
        }
    }
}

/// Whole seconds, rounded up: what was minted a moment ago for 900 s has 900 to go.
pub fn seconds_until(moment: Timestamp, clock: &Clock) -> u64 {
    let left = moment.since(clock.now());
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}
