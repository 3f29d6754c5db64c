//! A signing key as administrators see it: when it is published, when it signs, when it goes.

use super::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// The `kid`.
    pub id: String,
    pub algorithm: String,
    pub created_at: Timestamp,
    /// From when on it may sign. It is published before, so that whoever keeps the JWKS knows it in time.
    pub active_from: Timestamp,
    /// When the last token that it can have signed has expired.
    pub retired_at: Option<Timestamp>,
}

/// What a key is good for at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It verifies, and does not sign yet.
    Published,
    /// New tokens are signed with it.
    Signing,
    /// It verifies what it signed.
    Verifying,
    /// Nothing that it signed is good any more.
    Retired,
}

impl KeyState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Retired => "retired",
        }
    }
}

impl SigningKeyRecord {
    /// `signing`: the key that signs now.
    pub fn state(&self, signing: Option<&str>, now: Timestamp) -> KeyState {
        if self.retired_at.is_some_and(|at| at <= now) {
            KeyState::Retired
        } else if signing == Some(self.id.as_str()) {
            KeyState::Signing
        } else if self.active_from > now {
            KeyState::Published
        } else {
            KeyState::Verifying
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_published_signs_verifies_and_is_retired() {
        let at = Timestamp::from_micros;
        let key = SigningKeyRecord {
            id: "a".to_owned(),
            algorithm: "EdDSA".to_owned(),
            created_at: at(0),
            active_from: at(600),
            retired_at: Some(at(2_000)),
        };
        let words = [(599, "b"), (600, "a"), (1_999, "b"), (2_000, "b"), (2_000, "a")]
            .map(|(now, signing)| key.state(Some(signing), at(now)).word());
        assert_eq!(words, ["published", "signing", "verifying", "retired", "retired"]);
    }
}
