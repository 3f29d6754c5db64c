//! All that is held about a person, as JSON.

use serde::Serialize;
use uuid::Uuid;

use super::account_json::AccountJson;
use super::my_events::EventJson;
use super::my_sessions::SessionJson;
use crate::domain::clock::Timestamp;
use crate::domain::identity::Identity;
use crate::domain::personal_data::{PersonalData, SecondFactorFacts};
use crate::domain::session::SessionRecord;

#[derive(Serialize)]
pub struct PersonalDataJson {
    exported_at: String,
    account: AccountJson,
    locked: bool,
    password: PasswordJson,
    second_factor: SecondFactorJson,
    roles: Vec<RoleJson>,
    sessions: Vec<WholeSessionJson>,
    identities: Vec<IdentityJson>,
    one_time_tokens: Vec<TokenJson>,
    mails: Vec<MailJson>,
    events: Vec<EventJson>,
}

#[derive(Serialize)]
struct PasswordJson {
    set: bool,
    changed_at: Option<String>,
    must_change: bool,
    kept_earlier: i64,
}

#[derive(Serialize)]
struct SecondFactorJson {
    /// `off`, `unconfirmed` or `on`.
    totp: &'static str,
    recovery_codes_left: i64,
}

#[derive(Serialize)]
struct RoleJson {
    name: String,
    granted_at: String,
}

#[derive(Serialize)]
struct WholeSessionJson {
    #[serde(flatten)]
    session: SessionJson,
    amr: Vec<String>,
    active: bool,
    revoked_at: Option<String>,
    revoke_reason: Option<String>,
}

#[derive(Serialize)]
struct IdentityJson {
    provider: String,
    issuer: String,
    subject: String,
    email: Option<String>,
    linked_at: String,
}

#[derive(Serialize)]
struct TokenJson {
    kind: String,
    created_at: String,
    expires_at: String,
}

#[derive(Serialize)]
struct MailJson {
    kind: String,
    recipient: String,
    created_at: String,
    sent_at: Option<String>,
}

impl PersonalDataJson {
    /// `current`: the session that asks.
    pub fn new(data: PersonalData, exported_at: Timestamp, current: Option<Uuid>) -> Self {
        let names = data.roles.iter().map(|role| role.name.clone()).collect();
        let roles = data.roles.into_iter();
        let sessions = data.sessions.into_iter();
        let tokens = data.pending.into_iter();
        let mails = data.mails.into_iter();
        Self {
            exported_at: exported_at.rfc3339(),
            account: AccountJson::new(data.account, names),
            locked: data.locked,
            password: PasswordJson {
                set: data.password.is_set,
                changed_at: data.password.changed_at.map(Timestamp::rfc3339),
                must_change: data.password.must_change,
                kept_earlier: data.password.kept_earlier,
            },
            second_factor: SecondFactorJson::new(data.second_factor),
            roles: roles.map(|role| RoleJson { name: role.name, granted_at: role.granted_at.rfc3339() }).collect(),
            sessions: sessions.map(|session| WholeSessionJson::new(session, current)).collect(),
            identities: data.identities.into_iter().map(IdentityJson::from).collect(),
            one_time_tokens: tokens
                .map(|token| TokenJson {
                    kind: token.kind,
                    created_at: token.created_at.rfc3339(),
                    expires_at: token.expires_at.rfc3339(),
                })
                .collect(),
            mails: mails
                .map(|mail| MailJson {
                    kind: mail.kind,
                    recipient: mail.recipient,
                    created_at: mail.created_at.rfc3339(),
                    sent_at: mail.sent_at.map(Timestamp::rfc3339),
                })
                .collect(),
            events: data.events.into_iter().map(EventJson::from).collect(),
        }
    }
}

impl From<Identity> for IdentityJson {
    fn from(identity: Identity) -> Self {
        let Identity { provider, issuer, subject, email, linked_at, .. } = identity;
        Self { provider, issuer, subject, email, linked_at: linked_at.rfc3339() }
    }
}

impl SecondFactorJson {
    const fn new(facts: SecondFactorFacts) -> Self {
        let totp = match (facts.enabled, facts.has_secret) {
            (true, _) => "on",
            (false, true) => "unconfirmed",
            (false, false) => "off",
        };
        Self { totp, recovery_codes_left: facts.recovery_codes_left }
    }
}

impl WholeSessionJson {
    fn new(session: SessionRecord, current: Option<Uuid>) -> Self {
        Self {
            amr: session.amr.split_whitespace().map(str::to_owned).collect(),
            active: session.lives,
            revoked_at: session.revoked_at.map(Timestamp::rfc3339),
            revoke_reason: session.revoke_reason.clone(),
            session: SessionJson::new(session, current),
        }
    }
}
