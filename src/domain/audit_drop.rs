//! Letting old events go leaves an event itself, with a signature: so that nobody who can only write to the database can
//! say that what they removed was let go.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::audit_event::NewEvent;
use super::audit_seal::SealKey;

/// Keeps this signature apart from those of seals.
const LABEL: &[u8] = b"keystead audit drop 1";

/// The detail of an `audit.dropped` event.
#[derive(Deserialize)]
struct Detail {
    through: String,
    signature: String,
}

/// `event`, saying that the events under every seal up to `through` are let go.
pub fn telling_of_drop(event: NewEvent, through: i64, key: &dyn SealKey) -> NewEvent {
    let signature = URL_SAFE_NO_PAD.encode(key.sign(&message(through)));
    event.with("through", through.to_string()).with("signature", signature)
}

/// Up to which seal the events may be missing, as this detail says; `None` where nobody has signed it.
pub fn dropped_through(detail: &str, key: &dyn SealKey) -> Option<i64> {
    let detail: Detail = serde_json::from_str(detail).ok()?;
    let (through, signature) = (detail.through.parse().ok()?, URL_SAFE_NO_PAD.decode(detail.signature).ok()?);
    key.has_signed(&message(through), &signature).then_some(through)
}

fn message(through: i64) -> Vec<u8> {
    [LABEL, &through.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};
    use uuid::Uuid;

    use super::*;
    use crate::domain::audit_event::{Action, Actor};

    struct Key(u8);

    impl SealKey for Key {
        fn sign(&self, message: &[u8]) -> Vec<u8> {
            Sha256::digest([&[self.0], message].concat()).to_vec()
        }

        fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
            self.sign(message) == signature
        }
    }

    #[test]
    fn a_drop_holds_by_its_signature_only() {
        let event = NewEvent::new(Uuid::nil(), Action::AuditDropped, Actor::SYSTEM);
        let detail = telling_of_drop(event, 17, &Key(1)).detail_json();
        assert_eq!(dropped_through(&detail, &Key(1)), Some(17));
        assert_eq!(dropped_through(&detail, &Key(2)), None);
        assert_eq!(dropped_through(&detail.replace("17", "18"), &Key(1)), None);
        for other in ["", "{}", r#"{"through":"17"}"#, r#"{"through":17,"signature":""}"#] {
            assert_eq!(dropped_through(other, &Key(1)), None, "{other}");
        }
    }
}
