//! All that is held about a person, as the person may take it along. No secrets, and no hashes of any.

use super::account::Account;
use super::clock::Timestamp;
use super::identity::Identity;
use super::own_event::OwnEvent;
use super::session::SessionRecord;

#[derive(Clone, Debug)]
pub struct PersonalData {
    pub account: Account,
    pub locked: bool,
    pub password: PasswordFacts,
    pub second_factor: SecondFactorFacts,
    pub roles: Vec<GrantedRole>,
    /// Those that have ended too, as long as there is a row of them.
    pub sessions: Vec<SessionRecord>,
    pub identities: Vec<Identity>,
    pub pending: Vec<PendingToken>,
    pub mails: Vec<MailRecord>,
    /// The oldest first, for as long as the audit trail is kept.
    pub events: Vec<OwnEvent>,
}

#[derive(Clone, Copy, Debug)]
pub struct PasswordFacts {
    pub is_set: bool,
    pub changed_at: Option<Timestamp>,
    pub must_change: bool,
    /// Earlier ones that are kept, hashed, so that they are not chosen again.
    pub kept_earlier: i64,
}

#[derive(Clone, Copy, Debug)]
pub struct SecondFactorFacts {
    pub enabled: bool,
    /// Also while it waits to be confirmed.
    pub has_secret: bool,
    pub recovery_codes_left: i64,
}

#[derive(Clone, Debug)]
pub struct GrantedRole {
    pub name: String,
    pub granted_at: Timestamp,
}

/// Something that was handed out, works once, and has not been used yet.
#[derive(Clone, Debug)]
pub struct PendingToken {
    pub kind: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A mail to the account's address.
#[derive(Clone, Debug)]
pub struct MailRecord {
    pub kind: String,
    pub recipient: String,
    pub created_at: Timestamp,
    /// `None`: it waits.
    pub sent_at: Option<Timestamp>,
}
