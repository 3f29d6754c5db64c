//! What refresh and device tokens have in common: version ‖ id of the MAC key ‖ body ‖ MAC over label and all before.
//!
//! Such a token is made again from its parts at any time, and recognised without a look into the database.

use secrecy::SecretString;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::mac_key::{MAC_BYTES, MacKey};
use super::opaque::{self, NotAToken};

/// The first byte. Another layout gets another number, and then both are read for as long as old tokens live.
const VERSION: u8 = 1;
/// The version and the id of the MAC key.
const HEAD_BYTES: usize = 1 + 16;

/// A kind of token. The label keeps the MACs of two kinds apart though they share a key.
pub(super) struct Kind {
    pub(super) prefix: &'static str,
    pub(super) label: &'static str,
}

/// A token that was read and not yet verified: whoever sent it may have made it up.
#[derive(Clone)]
pub(super) struct Frame<const BODY: usize> {
    pub(super) mac_key_id: Uuid,
    body: [u8; BODY],
    mac: [u8; MAC_BYTES],
}

fn authenticated<const BODY: usize>(mac_key_id: Uuid, body: &[u8; BODY]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD_BYTES + BODY + MAC_BYTES));
    bytes.push(VERSION);
    bytes.extend_from_slice(mac_key_id.as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

impl Kind {
    /// The token with this body; the same for the same parts.
    pub(super) fn mint<const BODY: usize>(&self, mac_key_id: Uuid, body: &[u8; BODY], key: &MacKey) -> SecretString {
        let mut bytes = authenticated(mac_key_id, body);
        let mac = key.mac(self.label, &bytes);
        bytes.extend_from_slice(&mac);
        opaque::spell(self.prefix, &bytes)
    }

    pub(super) fn read<const BODY: usize>(&self, text: &str) -> Result<Frame<BODY>, NotAToken> {
        let bytes = opaque::read(self.prefix, text, HEAD_BYTES + BODY + MAC_BYTES)?;
        let ([version], rest) = bytes.split_first_chunk().ok_or(NotAToken)?;
        let (mac_key_id, rest) = rest.split_first_chunk().ok_or(NotAToken)?;
        let (body, mac) = rest.split_first_chunk().ok_or(NotAToken)?;
        if *version != VERSION {
            return Err(NotAToken);
        }
        let mac = mac.try_into().map_err(|_| NotAToken)?;
        Ok(Frame { mac_key_id: Uuid::from_bytes(*mac_key_id), body: *body, mac })
    }

    /// The body, where `key` made this token. In constant time.
    pub(super) fn verify<'a, const BODY: usize>(&self, frame: &'a Frame<BODY>, key: &MacKey) -> Option<&'a [u8; BODY]> {
        let genuine = key.verifies(self.label, &authenticated(frame.mac_key_id, &frame.body), &frame.mac);
        genuine.then_some(&frame.body)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::super::opaque::tests::near_misses;
    use super::*;

    const KIND: Kind = Kind { prefix: "t_", label: "a test" };

    fn verified(kind: &Kind, text: &str, key: &MacKey) -> Option<(Uuid, [u8; 20])> {
        let frame = kind.read::<20>(text).ok()?;
        kind.verify(&frame, key).map(|body| (frame.mac_key_id, *body))
    }

    #[test]
    fn a_token_with_any_one_character_changed_added_or_missing_is_refused() {
        let (key, id) = (MacKey::random(), Uuid::from_bytes(rand::random()));
        let token = KIND.mint(id, &rand::random::<[u8; 20]>(), &key);
        assert!(verified(&KIND, token.expose_secret(), &key).is_some());
        for near in near_misses(token.expose_secret()) {
            assert_eq!(verified(&KIND, &near, &key), None, "{near:?}");
        }
    }

    #[test]
    fn a_token_of_another_kind_key_size_or_version_is_refused() {
        let (key, id) = (MacKey::random(), Uuid::from_bytes([9; 16]));
        let token = KIND.mint(id, &[3; 20], &key);
        let text = token.expose_secret();
        assert_eq!(verified(&KIND, text, &MacKey::random()), None);
        assert_eq!(verified(&Kind { prefix: "t_", label: "b test" }, text, &key), None);
        assert_eq!(verified(&Kind { prefix: "u_", label: "a test" }, text, &key), None);
        assert!(KIND.read::<19>(text).is_err() && KIND.read::<21>(text).is_err());
        // A version that nobody has made yet, under a MAC that is right.
        let mut bytes = [&[2], id.as_bytes().as_slice(), &[3; 20]].concat();
        bytes.extend(key.mac(KIND.label, &bytes));
        assert!(KIND.read::<20>(opaque::spell(KIND.prefix, &bytes).expose_secret()).is_err());
    }

    proptest! {
        #[test]
        fn what_was_minted_is_verified_and_is_minted_again(body: [u8; 20], id: u128) {
            let (key, id) = (MacKey::random(), Uuid::from_u128(id));
            let token = KIND.mint(id, &body, &key);
            prop_assert_eq!(verified(&KIND, token.expose_secret(), &key), Some((id, body)));
            let again = KIND.mint(id, &body, &key);
            prop_assert_eq!(again.expose_secret(), token.expose_secret());
        }

        #[test]
        fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..100), text: String) {
            let key = MacKey::from_bytes(&[5; 32]).unwrap();
            prop_assert_eq!(verified(&KIND, opaque::spell("t_", &bytes).expose_secret(), &key), None);
            prop_assert_eq!(verified(&KIND, &text, &key), None);
            prop_assert_eq!(verified(&KIND, &format!("t_{text}"), &key), None);
        }

        #[test]
        fn a_token_under_a_forged_mac_is_refused(body: [u8; 20], mac: [u8; 32]) {
            let bytes = [&[1], [9; 16].as_slice(), &body, &mac].concat();
            let text = opaque::spell("t_", &bytes);
            prop_assert!(KIND.read::<20>(text.expose_secret()).is_ok());
            prop_assert_eq!(verified(&KIND, text.expose_secret(), &MacKey::from_bytes(&[5; 32]).unwrap()), None);
        }
    }
}
