//! Device tokens: a sign that somebody signed in here before. It lets nobody in; a sign-in that brings one has a limit
//! of its own, so that a stranger who guesses at an account cannot lock its owner out.

use secrecy::SecretString;
use uuid::Uuid;

use super::mac_key::MacKey;
pub use super::opaque::NotAToken;
use super::token_frame::{Frame, Kind};

const KIND: Kind = Kind { prefix: "ksd_", label: "keystead device token" };
/// The user's id and the epoch, big-endian.
const BODY_BYTES: usize = 16 + 8;

/// Bound to its user and to the user's `auth_epoch`: it is worth nothing after a password change or a forced logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceToken {
    pub mac_key_id: Uuid,
    pub user: Uuid,
    pub epoch: i64,
}

impl DeviceToken {
    /// The token's text, the same for the same parts: 102 characters. `key` is the one that `mac_key_id` names.
    pub fn mint(&self, key: &MacKey) -> SecretString {
        let mut body = [0; BODY_BYTES];
        let (user, epoch) = body.split_at_mut(16);
        user.copy_from_slice(self.user.as_bytes());
        epoch.copy_from_slice(&self.epoch.to_be_bytes());
        KIND.mint(self.mac_key_id, &body, key)
    }

    /// Reads a token without believing it.
    ///
    /// # Errors
    /// [`NotAToken`] for anything that is not the one spelling of some device token.
    pub fn parse(text: &str) -> Result<Presented, NotAToken> {
        KIND.read(text).map(Presented)
    }
}

/// A device token that was read and not yet verified.
#[derive(Clone)]
pub struct Presented(Frame<BODY_BYTES>);

impl Presented {
    /// Which key has to verify it. Whoever sent the token may have chosen it, so it is only to be looked up.
    pub fn mac_key_id(&self) -> Uuid {
        self.0.mac_key_id
    }

    /// The token's parts, where `key` made it; in constant time.
    pub fn verify(&self, key: &MacKey) -> Option<DeviceToken> {
        let (user, epoch) = KIND.verify(&self.0, key)?.split_first_chunk()?;
        let epoch = i64::from_be_bytes(epoch.try_into().ok()?);
        Some(DeviceToken { mac_key_id: self.0.mac_key_id, user: Uuid::from_bytes(*user), epoch })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::super::opaque::tests::near_misses;
    use super::super::refresh_token::RefreshToken;
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]

        #[test]
        fn a_token_is_verified_as_minted_and_in_no_other_spelling(user: u128, epoch: i64, key_id: u128) {
            let key = MacKey::random();
            let token = DeviceToken { mac_key_id: Uuid::from_u128(key_id), user: Uuid::from_u128(user), epoch };
            let text = token.mint(&key);
            let verified = |text: &str| DeviceToken::parse(text).ok().and_then(|presented| presented.verify(&key));
            prop_assert_eq!(verified(text.expose_secret()), Some(token));
            let presented = DeviceToken::parse(text.expose_secret()).unwrap();
            prop_assert_eq!(presented.mac_key_id(), token.mac_key_id);
            for near in near_misses(text.expose_secret()) {
                prop_assert_eq!(verified(&near), None, "{:?}", near);
            }
        }
    }

    #[test]
    fn the_layout_and_the_label_are_what_they_were() {
        // From another implementation (Python's hmac and base64). If this changes, no device is known any more.
        let known =
            "ksd_AQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAC__________5cvbvuDIvi6osMUkAWS9a8RqFX8eqeHqyjfcVSWgCVHA";
        let token = DeviceToken { mac_key_id: Uuid::from_u128(1), user: Uuid::from_u128(2), epoch: -2 };
        assert_eq!(token.mint(&MacKey::from_bytes(&[7; 32]).unwrap()).expose_secret(), known);
    }

    #[test]
    fn neither_kind_of_token_passes_for_the_other() {
        let (key, id) = (MacKey::random(), Uuid::from_u128(7));
        let device = DeviceToken { mac_key_id: id, user: id, epoch: 1 }.mint(&key);
        let refresh = RefreshToken { mac_key_id: id, family: id, generation: 1 }.mint(&key);
        assert_eq!((device.expose_secret().len(), refresh.expose_secret().len()), (102, 96));
        assert!(RefreshToken::parse(device.expose_secret()).is_err());
        assert!(RefreshToken::parse(&device.expose_secret().replace("ksd_", "ksr_")).is_err());
        assert!(DeviceToken::parse(&refresh.expose_secret().replace("ksr_", "ksd_")).is_err());
    }
}
