//! An event of the audit trail: who did what to whom, with what outcome, and the hash that a seal is made of.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::access_token::AccessClaims;
pub use super::audit_action::Action;
use super::clock::Timestamp;

/// Keeps what is hashed here apart from what is hashed elsewhere, and another layout apart from this one.
const EVENT_LABEL: &[u8] = b"keystead audit event 1";
const PERSONAL_LABEL: &[u8] = b"keystead audit personal 1";
/// As much as nobody can try: who has the digest and guesses the address learns nothing once the salt is gone.
const SALT_BYTES: usize = 16;
/// What the columns hold, in characters. What is longer is cut: it comes from outside, and an event is never lost for it.
const IDENTIFIER_CHARS: usize = 320;
const DETAIL_CHARS: usize = 8_192;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// Not known, or not yet: whoever fails to sign in.
    Nobody,
    Person,
    /// A service client.
    Client,
    /// Whoever may run the program on the server.
    Operator,
    /// The server, by itself.
    System,
}

impl ActorKind {
    pub const ALL: [Self; 5] = [Self::Nobody, Self::Person, Self::Client, Self::Operator, Self::System];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Person => "person",
            Self::Client => "client",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<Uuid>,
}

impl Actor {
    pub const NOBODY: Self = Self { kind: ActorKind::Nobody, id: None };
    pub const OPERATOR: Self = Self { kind: ActorKind::Operator, id: None };
    pub const SYSTEM: Self = Self { kind: ActorKind::System, id: None };

    pub const fn person(id: Uuid) -> Self {
        Self { kind: ActorKind::Person, id: Some(id) }
    }

    pub const fn client(id: Uuid) -> Self {
        Self { kind: ActorKind::Client, id: Some(id) }
    }

    /// The bearer of an access token.
    pub const fn bearer(claims: &AccessClaims) -> Self {
        if claims.sid.is_some() { Self::person(claims.sub) } else { Self::client(claims.sub) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Refused,
}

impl Outcome {
    pub const ALL: [Self; 2] = [Self::Success, Self::Refused];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
        }
    }
}

/// What can be erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Personal {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// The name that somebody came with, as it is compared.
    pub identifier: Option<String>,
}

impl Personal {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the event holds of it. `person_id` goes in, so that nobody's data becomes another's.
    pub fn digest(&self, salt: &[u8], person_id: Option<Uuid>) -> [u8; 32] {
        let mut hash = Hashing::new(PERSONAL_LABEL);
        hash.bytes(Some(salt));
        hash.bytes(person_id.as_ref().map(|id| id.as_bytes().as_slice()));
        for text in [&self.ip, &self.user_agent, &self.identifier] {
            hash.bytes(text.as_ref().map(String::as_bytes));
        }
        hash.end()
    }
}

/// An event that is to be written. Its id is made once, so that a unit that runs again writes it once.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub id: Uuid,
    pub node: Uuid,
    pub actor: Actor,
    pub action: Action,
    /// Whom or what it is about: a user, a service client.
    pub subject_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub outcome: Outcome,
    pub request_id: Option<String>,
    /// Never personal data, never a secret: this stays.
    pub detail: BTreeMap<&'static str, String>,
    pub personal: Personal,
    pub salt: [u8; SALT_BYTES],
}

impl NewEvent {
    /// What nobody asked for over the network. For a request there is `Visit::event`.
    pub fn new(node: Uuid, action: Action, actor: Actor) -> Self {
        let mut salt = [0; SALT_BYTES];
        rand::fill(&mut salt);
        Self {
            id: Uuid::now_v7(),
            node,
            actor,
            action,
            subject_id: None,
            session_id: None,
            outcome: Outcome::Success,
            request_id: None,
            detail: BTreeMap::new(),
            personal: Personal::default(),
            salt,
        }
    }

    /// Whom or what it is about, where there is somebody.
    pub fn about(self, subject_id: impl Into<Option<Uuid>>) -> Self {
        Self { subject_id: subject_id.into(), ..self }
    }

    pub fn session(self, session_id: Uuid) -> Self {
        Self { session_id: Some(session_id), ..self }
    }

    /// It was not let happen; `cause` is the true one, whatever was answered.
    pub fn refused(self, cause: &str) -> Self {
        Self { outcome: Outcome::Refused, ..self }.with("cause", cause)
    }

    /// Never personal data, never a secret.
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.detail.insert(key, cut(&value.into(), DETAIL_CHARS));
        self
    }

    /// The name that somebody came with, as it is compared.
    pub fn identifier(mut self, text: &str) -> Self {
        self.personal.identifier = Some(cut(text, IDENTIFIER_CHARS));
        self
    }

    /// For what is told of somebody whose data goes in the same unit.
    pub fn impersonal(self) -> Self {
        Self { personal: Personal::default(), ..self }
    }

    /// Whose the personal data is: whoever did it, or whom somebody unknown tried to be.
    pub fn person_id(&self) -> Option<Uuid> {
        match self.actor.kind {
            ActorKind::Person => self.actor.id,
            ActorKind::Nobody => self.subject_id,
            ActorKind::Client | ActorKind::Operator | ActorKind::System => None,
        }
    }

    pub fn personal_digest(&self) -> [u8; 32] {
        self.personal.digest(&self.salt, self.person_id())
    }

    /// Canonical JSON: keys in order, no spaces.
    pub fn detail_json(&self) -> String {
        let pairs = self.detail.iter().map(|(key, value)| (*key, value.as_str()));
        pairs.collect::<serde_json::Value>().to_string()
    }
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

/// An event as it stands in the table, where words may be a newer version's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    pub id: Uuid,
    pub at: Timestamp,
    pub node: Uuid,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub action: String,
    pub subject_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub outcome: String,
    pub request_id: Option<String>,
    pub detail: String,
    pub personal_digest: Vec<u8>,
}

impl AuditEvent {
    /// Over every column but where a seal has put it.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Hashing::new(EVENT_LABEL);
        let uuid = |id: &Option<Uuid>| id.map(Uuid::into_bytes);
        hash.bytes(Some(self.id.as_bytes()));
        hash.bytes(Some(&self.at.as_micros().to_be_bytes()));
        hash.bytes(Some(self.node.as_bytes()));
        hash.bytes(Some(self.actor_kind.as_bytes()));
        hash.bytes(uuid(&self.actor_id).as_ref().map(<[u8; 16]>::as_slice));
        hash.bytes(Some(self.action.as_bytes()));
        hash.bytes(uuid(&self.subject_id).as_ref().map(<[u8; 16]>::as_slice));
        hash.bytes(uuid(&self.session_id).as_ref().map(<[u8; 16]>::as_slice));
        hash.bytes(Some(self.outcome.as_bytes()));
        hash.bytes(self.request_id.as_ref().map(String::as_bytes));
        hash.bytes(Some(self.detail.as_bytes()));
        hash.bytes(Some(&self.personal_digest));
        hash.end()
    }
}

/// Fields that cannot run into each other: each with its length before it, and nothing told from an empty text.
struct Hashing(Sha256);

impl Hashing {
    fn new(label: &[u8]) -> Self {
        let mut hashing = Self(Sha256::new());
        hashing.bytes(Some(label));
        hashing
    }

    fn bytes(&mut self, field: Option<&[u8]>) {
        match field {
            None => self.0.update([0]),
            Some(bytes) => {
                self.0.update([1]);
                // usize is 64 bits at most.
                self.0.update((bytes.len() as u64).to_be_bytes());
                self.0.update(bytes);
            }
        }
    }

    fn end(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> AuditEvent {
        AuditEvent {
            id: Uuid::from_u128(1),
            at: Timestamp::from_micros(2),
            node: Uuid::from_u128(3),
            actor_kind: "person".to_owned(),
            actor_id: Some(Uuid::from_u128(4)),
            action: "session.begun".to_owned(),
            subject_id: Some(Uuid::from_u128(5)),
            session_id: Some(Uuid::from_u128(6)),
            outcome: "success".to_owned(),
            request_id: Some("a".to_owned()),
            detail: "{}".to_owned(),
            personal_digest: vec![7; 32],
        }
    }

    #[test]
    fn every_column_is_in_the_hash() {
        let changed = [
            AuditEvent { id: Uuid::nil(), ..event() },
            AuditEvent { at: Timestamp::from_micros(0), ..event() },
            AuditEvent { node: Uuid::nil(), ..event() },
            AuditEvent { actor_kind: "nobody".to_owned(), ..event() },
            AuditEvent { actor_id: None, ..event() },
            AuditEvent { action: "session.ended".to_owned(), ..event() },
            AuditEvent { subject_id: None, ..event() },
            AuditEvent { session_id: None, ..event() },
            AuditEvent { actor_id: event().subject_id, subject_id: event().actor_id, ..event() },
            AuditEvent { outcome: "refused".to_owned(), ..event() },
            AuditEvent { request_id: None, ..event() },
            AuditEvent { request_id: Some(String::new()), ..event() },
            AuditEvent { detail: "{ }".to_owned(), ..event() },
            AuditEvent { outcome: "succes".to_owned(), request_id: Some("sa".to_owned()), ..event() },
            AuditEvent { personal_digest: vec![8; 32], ..event() },
        ];
        let hashes: std::collections::BTreeSet<_> = changed.iter().chain([&event()]).map(AuditEvent::hash).collect();
        assert_eq!(hashes.len(), changed.len() + 1);
        assert_eq!(event().hash(), event().hash());
    }

    #[test]
    fn personal_data_is_whose_it_is_and_shows_in_its_digest_only() {
        let (ada, eve) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let new = |actor| NewEvent::new(Uuid::nil(), Action::SignInFailed, actor).about(ada).identifier("ada");
        let by_nobody = new(Actor::NOBODY);
        let whose = [&by_nobody, &new(Actor::person(eve)), &new(Actor::OPERATOR)].map(NewEvent::person_id);
        assert_eq!(whose, [Some(ada), Some(eve), None]);
        assert_ne!(by_nobody.personal_digest(), by_nobody.clone().impersonal().personal_digest());
        assert_ne!(by_nobody.personal_digest(), new(Actor::NOBODY).personal_digest(), "each has a salt of its own");
        let digest = by_nobody.personal.digest(&by_nobody.salt, Some(eve));
        assert_ne!(by_nobody.personal_digest(), digest);
    }

    #[test]
    fn detail_is_canonical_and_bounded() {
        let event = NewEvent::new(Uuid::nil(), Action::RoleGranted, Actor::SYSTEM).with("role", "a\"b").with("by", "x");
        assert_eq!(event.detail_json(), r#"{"by":"x","role":"a\"b"}"#);
        let event = event.refused("locked").with("role", "é".repeat(10_000));
        assert_eq!(event.detail["role"].chars().count(), 8_192);
        assert_eq!((event.detail["cause"].as_str(), event.outcome), ("locked", Outcome::Refused));
        assert_eq!(event.identifier(&"x".repeat(400)).personal.identifier.map(|text| text.len()), Some(320));
    }
}
