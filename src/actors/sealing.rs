//! Secrets at rest: what the tables hold of a key is sealed under `SECRET_KEY`, for one use and one place.
//!
//! sealed = version ‖ id of the root (4) ‖ nonce (24) ‖ XChaCha20-Poly1305, with `table:column:id` as associated data:
//! a value that was copied into another row, or read for another use, does not open.

use std::fmt::Display;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::domain::audit_seal::SealKey;

/// The first byte. Another layout gets another number, and both are opened until everything is resealed.
const VERSION: u8 = 1;
const ROOT_ID_BYTES: usize = 4;
/// Long enough to be drawn at random for ever: two of 2^80 values sealed under one key meet with a chance of 2^-33.
const NONCE_BYTES: usize = 24;
/// Keeps what is derived here apart from what another program may derive from the same secret.
const SALT: &[u8] = b"keystead";
const ROOT_ID_LABEL: &[u8] = b"root id";
const PSEUDONYM_LABEL: &[u8] = b"pseudonyms";
const AUDIT_LABEL: &[u8] = b"sign audit seals";

/// What a value is sealed for. Each use has a key of its own. That the keys in the database open shows at start that
/// `SECRET_KEY` is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    SigningKey,
    MacKey,
    /// What an authenticator app and this server share.
    TotpSecret,
    /// What waits beside a one-time token until it comes back.
    TokenPayload,
    /// What a mail is to say.
    Mail,
}

impl Purpose {
    /// Part of how the key is derived: it stays as it is for as long as anything is sealed.
    const fn label(self) -> &'static [u8] {
        match self {
            Self::SigningKey => b"seal signing key",
            Self::MacKey => b"seal mac key",
            Self::TotpSecret => b"seal totp secret",
            Self::TokenPayload => b"seal token payload",
            Self::Mail => b"seal mail",
        }
    }
}

impl Purpose {
    /// Where the value of this row stands: each purpose has one column.
    pub fn place(self, id: impl Display) -> Place {
        let (table, column) = match self {
            Self::SigningKey => ("signing_keys", "private_key"),
            Self::MacKey => ("mac_keys", "sealed_key"),
            Self::TotpSecret => ("users", "mfa_secret"),
            Self::TokenPayload => ("one_time_tokens", "payload"),
            Self::Mail => ("outbox", "payload"),
        };
        Place::new(table, column, id)
    }
}

/// Where a sealed value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub fn new(table: &'static str, column: &'static str, id: impl Display) -> Self {
        Self(format!("{table}:{column}:{id}"))
    }
}

/// Why something cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealingError {
    /// Neither the present root nor the previous one.
    #[error("it was sealed under another SECRET_KEY than the present or the previous one")]
    WrongKey,
    /// Cut short, changed, moved from another place, or sealed for another use.
    #[error("the sealed value is damaged or does not belong where it stands")]
    Corrupt,
    /// Only for a value of more than 256 GiB.
    #[error("the cipher refused to work")]
    Cipher,
}

/// Seals under the present `SECRET_KEY`; opens what that one or the one before it sealed.
pub struct Sealer {
    current: Root,
    previous: Option<Root>,
}

/// What is derived from one `SECRET_KEY`. The ciphers wipe their keys when dropped.
struct Root {
    id: [u8; ROOT_ID_BYTES],
    signing_keys: XChaCha20Poly1305,
    mac_keys: XChaCha20Poly1305,
    totp_secrets: XChaCha20Poly1305,
    token_payloads: XChaCha20Poly1305,
    mails: XChaCha20Poly1305,
    /// Not yet begun; cloned for each name.
    pseudonyms: Hmac<Sha256>,
    /// For the seals of the audit trail. Not in the database, so that whoever can write there can sign nothing.
    audit: Ed25519KeyPair,
}

impl Root {
    fn derive(secret_key: &[u8]) -> Result<Self, SealingError> {
        let root = Hkdf::<Sha256>::new(Some(SALT), secret_key);
        let cipher = |purpose: Purpose| {
            let mut key = Zeroizing::new([0; 32]);
            expand(&root, purpose.label(), key.as_mut_slice())?;
            XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| SealingError::Cipher)
        };
        let mut id = [0; ROOT_ID_BYTES];
        expand(&root, ROOT_ID_LABEL, &mut id)?;
        Ok(Self {
            id,
            signing_keys: cipher(Purpose::SigningKey)?,
            mac_keys: cipher(Purpose::MacKey)?,
            totp_secrets: cipher(Purpose::TotpSecret)?,
            token_payloads: cipher(Purpose::TokenPayload)?,
            mails: cipher(Purpose::Mail)?,
            pseudonyms: pseudonyms(&root)?,
            audit: audit_key(&root)?,
        })
    }

    fn cipher(&self, purpose: Purpose) -> &XChaCha20Poly1305 {
        match purpose {
            Purpose::SigningKey => &self.signing_keys,
            Purpose::MacKey => &self.mac_keys,
            Purpose::TotpSecret => &self.totp_secrets,
            Purpose::TokenPayload => &self.token_payloads,
            Purpose::Mail => &self.mails,
        }
    }
}

fn pseudonyms(root: &Hkdf<Sha256>) -> Result<Hmac<Sha256>, SealingError> {
    let mut key = Zeroizing::new([0; 32]);
    expand(root, PSEUDONYM_LABEL, key.as_mut_slice())?;
    hmac::KeyInit::new_from_slice(key.as_slice()).map_err(|_| SealingError::Cipher)
}

fn audit_key(root: &Hkdf<Sha256>) -> Result<Ed25519KeyPair, SealingError> {
    let mut seed = Zeroizing::new([0; 32]);
    expand(root, AUDIT_LABEL, seed.as_mut_slice())?;
    Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| SealingError::Cipher)
}

fn expand(root: &Hkdf<Sha256>, label: &[u8], out: &mut [u8]) -> Result<(), SealingError> {
    root.expand(label, out).map_err(|_| SealingError::Cipher)
}

impl Sealer {
    /// `SECRET_KEY` and `SECRET_KEY_PREVIOUS`, of at least 32 random bytes each, which the configuration sees to:
    /// HKDF stretches nothing, so a guessable root is a guessable key.
    ///
    /// # Errors
    /// [`SealingError::Cipher`], which keys of the lengths above never give.
    pub fn new(current: &[u8], previous: Option<&[u8]>) -> Result<Self, SealingError> {
        Ok(Self { current: Root::derive(current)?, previous: previous.map(Root::derive).transpose()? })
    }

    /// Which `SECRET_KEY` this is, as every sealed value says it in the open: the present one first, then the previous. It
    /// tells nothing of the key, and two keys have the same once in four billion.
    pub fn root_ids(&self) -> Vec<String> {
        let roots = std::iter::once(&self.current).chain(&self.previous);
        roots.map(|root| format!("{:08x}", u32::from_be_bytes(root.id))).collect()
    }

    /// Never gives the same bytes twice.
    ///
    /// # Errors
    /// [`SealingError::Cipher`] for a value of more than 256 GiB.
    pub fn seal(&self, purpose: Purpose, place: &Place, value: &[u8]) -> Result<Vec<u8>, SealingError> {
        let mut nonce = [0; NONCE_BYTES];
        rand::fill(&mut nonce);
        let payload = Payload { msg: value, aad: place.0.as_bytes() };
        let cipher = self.current.cipher(purpose);
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealingError::Cipher)?;
        Ok([&[VERSION], self.current.id.as_slice(), &nonce, &sealed].concat())
    }

    /// The same value under the present root, where the previous one has sealed it. `None`: the present one has.
    ///
    /// # Errors
    /// As [`Sealer::open`].
    pub fn moved(&self, purpose: Purpose, place: &Place, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealingError> {
        if sealed.get(1..=ROOT_ID_BYTES) == Some(self.current.id.as_slice()) {
            return Ok(None);
        }
        let value = self.open(purpose, place, sealed)?;
        self.seal(purpose, place, &value).map(Some)
    }

    /// An id for what has none, such as an address without an account: always the same for the same, until
    /// `SECRET_KEY` changes, and without that key nobody can tell of what it is. No UUID of version 7 is one of these.
    pub fn pseudonym(&self, label: &'static str, name: &str) -> Uuid {
        let mut mac = self.current.pseudonyms.clone();
        mac.update(label.as_bytes());
        // Ends the label, so that no label is the beginning of another label and name.
        mac.update(&[0]);
        mac.update(name.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// # Errors
    /// [`SealingError::WrongKey`] where another root sealed it, [`SealingError::Corrupt`] where one of these two did
    /// (or nobody) and it does not open.
    pub fn open(&self, purpose: Purpose, place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let (version, rest) = sealed.split_first().ok_or(SealingError::Corrupt)?;
        let (root_id, rest) = rest.split_first_chunk::<ROOT_ID_BYTES>().ok_or(SealingError::Corrupt)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealingError::Corrupt)?;
        if *version != VERSION {
            return Err(SealingError::Corrupt);
        }
        let mut roots = std::iter::once(&self.current).chain(&self.previous);
        let root = roots.find(|root| root.id == *root_id).ok_or(SealingError::WrongKey)?;
        let payload = Payload { msg: sealed, aad: place.0.as_bytes() };
        let opened = root.cipher(purpose).decrypt(&XNonce::from(*nonce), payload);
        opened.map(Zeroizing::new).map_err(|_| SealingError::Corrupt)
    }
}

/// The audit trail's seals are signed under the present root; what the one before has signed still holds.
impl SealKey for Sealer {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.current.audit.sign(message).as_ref().to_vec()
    }

    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .any(|root| UnparsedPublicKey::new(&ED25519, root.audit.public_key()).verify(message, signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    const ROOT: &[u8] = &[1; 32];
    const OTHER_ROOT: &[u8] = &[2; 40];

    fn sealer(current: &[u8], previous: Option<&[u8]>) -> Sealer {
        Sealer::new(current, previous).unwrap()
    }

    fn place() -> Place {
        Place::new("mac_keys", "key", 7)
    }

    #[test]
    fn a_value_opens_for_its_use_and_in_its_place_only() {
        let keeper = sealer(ROOT, None);
        let sealed = keeper.seal(Purpose::MacKey, &place(), b"secret").unwrap();
        assert_eq!(sealed.len(), 1 + 4 + 24 + 6 + 16);
        let opened = |purpose, place: &Place| keeper.open(purpose, place, &sealed).map(|value| value.to_vec());
        assert_eq!(opened(Purpose::MacKey, &place()), Ok(b"secret".to_vec()));
        assert_eq!(opened(Purpose::SigningKey, &place()), Err(SealingError::Corrupt));
        for other in [("mac_keys", "key", 8), ("mac_keys", "kez", 7), ("signing_keys", "key", 7)] {
            let other = Place::new(other.0, other.1, other.2);
            assert_eq!(opened(Purpose::MacKey, &other), Err(SealingError::Corrupt));
        }
        assert_ne!(keeper.seal(Purpose::MacKey, &place(), b"secret").unwrap(), sealed);
    }

    #[test]
    fn the_root_can_be_changed_and_a_wrong_one_is_called_so() {
        let old = sealer(ROOT, None).seal(Purpose::MacKey, &place(), b"secret").unwrap();
        let changed = sealer(OTHER_ROOT, Some(ROOT));
        assert_eq!(&**changed.open(Purpose::MacKey, &place(), &old).unwrap(), b"secret");
        let new = changed.seal(Purpose::MacKey, &place(), b"secret").unwrap();
        let finished = sealer(OTHER_ROOT, None);
        assert_eq!(&**finished.open(Purpose::MacKey, &place(), &new).unwrap(), b"secret");
        assert_eq!(finished.open(Purpose::MacKey, &place(), &old), Err(SealingError::WrongKey));

        let moved = changed.moved(Purpose::MacKey, &place(), &old).unwrap().unwrap();
        assert_eq!(&**finished.open(Purpose::MacKey, &place(), &moved).unwrap(), b"secret");
        assert_eq!(changed.moved(Purpose::MacKey, &place(), &moved), Ok(None));
        assert_eq!(finished.moved(Purpose::MacKey, &place(), &old), Err(SealingError::WrongKey));
    }

    #[test]
    fn a_pseudonym_is_the_same_for_the_same_name_label_and_root() {
        let one = sealer(ROOT, None).pseudonym("registration", "ada@example.org");
        assert_eq!(one, sealer(ROOT, Some(OTHER_ROOT)).pseudonym("registration", "ada@example.org"));
        assert_eq!(one.get_version_num(), 8);
        for (root, label, name) in [
            (OTHER_ROOT, "registration", "ada@example.org"),
            (ROOT, "reset", "ada@example.org"),
            (ROOT, "registration", "bob@example.org"),
            (ROOT, "registrationa", "da@example.org"),
        ] {
            assert_ne!(sealer(root, None).pseudonym(label, name), one, "{label} {name}");
        }
    }

    #[test]
    fn a_signature_holds_under_the_root_that_made_it_and_as_the_previous_one() {
        let signature = sealer(ROOT, None).sign(b"a seal");
        assert_eq!(signature.len(), 64);
        let holds = |sealer: Sealer, message: &[u8]| sealer.has_signed(message, &signature);
        assert!(holds(sealer(ROOT, None), b"a seal") && holds(sealer(OTHER_ROOT, Some(ROOT)), b"a seal"));
        assert!(!holds(sealer(OTHER_ROOT, None), b"a seal") && !holds(sealer(ROOT, None), b"a sea"));
        assert!(!sealer(ROOT, None).has_signed(b"a seal", &[]));
    }

    #[test]
    fn a_root_is_known_by_what_stands_before_each_sealed_value() {
        let (old, new) = (sealer(ROOT, None), sealer(OTHER_ROOT, Some(ROOT)));
        let sealed = old.seal(Purpose::MacKey, &place(), b"secret").unwrap();
        let shown = format!("{:02x}{:02x}{:02x}{:02x}", sealed[1], sealed[2], sealed[3], sealed[4]);
        assert_eq!(old.root_ids(), [shown.as_str()]);
        assert_eq!((new.root_ids().len(), new.root_ids()[1].as_str()), (2, shown.as_str()));
        assert_ne!(new.root_ids()[0], shown);
    }

    #[test]
    fn what_was_once_sealed_still_opens() {
        // From another implementation (Python, by RFC 5869 and the XChaCha draft), under the nonce 0, 1, … 23. If this
        // fails, no installation finds its keys again.
        let text = "AfH-xFUAAQIDBAUGBwgJCgsMDQ4PEBESExQVFheF9E9BMP6sIzvpvdcCjWF-znnqKkaK";
        let sealed = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert_eq!(&**sealer(ROOT, None).open(Purpose::MacKey, &place(), &sealed).unwrap(), b"secret");
    }

    proptest! {
        #[test]
        fn what_was_cut_short_or_changed_does_not_open(value: Vec<u8>, at: prop::sample::Index, bit in 0_u8..8) {
            let sealer = sealer(ROOT, None);
            let mut sealed = sealer.seal(Purpose::SigningKey, &place(), &value).unwrap();
            prop_assert_eq!(&**sealer.open(Purpose::SigningKey, &place(), &sealed).unwrap(), &value[..]);
            let at = at.index(sealed.len());
            prop_assert!(sealer.open(Purpose::SigningKey, &place(), &sealed[..at]).is_err());
            sealed[at] ^= 1 << bit;
            prop_assert!(sealer.open(Purpose::SigningKey, &place(), &sealed).is_err());
        }

        #[test]
        fn any_bytes_are_refused(bytes: Vec<u8>) {
            prop_assert!(sealer(ROOT, Some(OTHER_ROOT)).open(Purpose::MacKey, &place(), &bytes).is_err());
        }
    }
}
