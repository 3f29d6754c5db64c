//! The key that refresh and device tokens are authenticated with: HMAC-SHA-256, one label for each kind of token.

use std::fmt;

use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use zeroize::Zeroize;

/// Bytes of a key, and of what it makes.
pub const MAC_BYTES: usize = 32;

/// 32 secret bytes, wiped when dropped. Its id stands beside it in `mac_keys` and in every token made with it.
pub struct MacKey(SecretBox<[u8; MAC_BYTES]>);

impl MacKey {
    /// A new key from the system's randomness.
    pub fn random() -> Self {
        Self(SecretBox::init_with_mut(|bytes: &mut [u8; MAC_BYTES]| rand::fill(bytes.as_mut_slice())))
    }

    /// The key in these bytes, none unless there are 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; MAC_BYTES] = bytes.try_into().ok()?;
        Some(Self(SecretBox::init_with_mut(|key: &mut [u8; MAC_BYTES]| *key = *bytes)))
    }

    /// The bytes, to be sealed.
    pub fn expose(&self) -> &[u8; MAC_BYTES] {
        self.0.expose_secret()
    }

    pub(super) fn mac(&self, label: &str, message: &[u8]) -> [u8; MAC_BYTES] {
        self.keyed(label, message).finalize().into_bytes().into()
    }

    /// In constant time.
    pub(super) fn verifies(&self, label: &str, message: &[u8], mac: &[u8; MAC_BYTES]) -> bool {
        self.keyed(label, message).verify_slice(mac).is_ok()
    }

    fn keyed(&self, label: &str, message: &[u8]) -> Hmac<Sha256> {
        // HMAC pads a short key to the hash's block with zeros (RFC 2104). Done here, since a block cannot be of a
        // wrong length, and then nothing has to be said about a failure that does not exist.
        let mut block = Key::<Hmac<Sha256>>::default();
        block[..MAC_BYTES].copy_from_slice(self.expose());
        let mut mac = Hmac::<Sha256>::new(&block);
        block.as_mut_slice().zeroize();
        mac.update(label.as_bytes());
        // Ends the label, so that no label is the beginning of another label and message.
        mac.update(&[0]);
        mac.update(message);
        mac
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MacKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_is_that_of_rfc_2104() {
        let key = MacKey::from_bytes(&[0x0b; 32]).unwrap();
        let mut plain = Hmac::<Sha256>::new_from_slice(&[0x0b; 32]).unwrap();
        plain.update(b"label\0message");
        assert_eq!(key.mac("label", b"message"), <[u8; 32]>::from(plain.finalize().into_bytes()));
    }

    #[test]
    fn label_and_message_do_not_run_into_each_other() {
        let key = MacKey::random();
        let mac = key.mac("label", b"message");
        assert!(key.verifies("label", b"message", &mac));
        assert!(!key.verifies("labelm", b"essage", &mac));
        assert!(!MacKey::random().verifies("label", b"message", &mac));
    }

    #[test]
    fn a_key_has_32_bytes_and_is_never_printed() {
        assert!(MacKey::from_bytes(&[7; 31]).is_none() && MacKey::from_bytes(&[7; 33]).is_none());
        let key = MacKey::from_bytes(&[7; 32]).unwrap();
        assert_eq!((key.expose(), format!("{key:?}").as_str()), (&[7; 32], "MacKey"));
        assert_ne!(MacKey::random().expose(), MacKey::random().expose());
    }
}
