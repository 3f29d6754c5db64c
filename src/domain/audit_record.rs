//! The audit trail as those see it who may read all of it.

use uuid::Uuid;

use super::audit_event::{Action, AuditEvent, Outcome, Personal};
use super::clock::Timestamp;

#[derive(Clone, Debug)]
pub struct AuditRecord {
    pub event: AuditEvent,
    /// Nothing, once it was erased.
    pub personal: Personal,
    /// `None` until it is sealed, a few seconds after it was written.
    pub seal: Option<i64>,
}

/// Which events; each that is set narrows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Whom it is about.
    pub user: Option<Uuid>,
    /// Who did it.
    pub actor: Option<Uuid>,
    pub action: Option<Action>,
    pub ip: Option<String>,
    pub outcome: Option<Outcome>,
    /// From this moment on.
    pub after: Option<Timestamp>,
    /// Up to this moment, without it.
    pub before: Option<Timestamp>,
}

impl AuditFilter {
    /// The names of those that are set, and none of what they are set to: an address is personal data.
    pub fn names(&self) -> Vec<&'static str> {
        let set = [
            ("user", self.user.is_some()),
            ("actor", self.actor.is_some()),
            ("action", self.action.is_some()),
            ("ip", self.ip.is_some()),
            ("outcome", self.outcome.is_some()),
            ("after", self.after.is_some()),
            ("before", self.before.is_some()),
        ];
        set.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect()
    }
}
