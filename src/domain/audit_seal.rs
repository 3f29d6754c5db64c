//! Seals: the audit trail as a chain of hashes, closed every few seconds by a signature.
//!
//! Inside a seal each event has a link, SHA-256 of the link before it and of the event's own hash, so that a check can
//! name the very event that was touched. The last link is the seal's root; the seal's hash is where the next one begins.

use sha2::{Digest, Sha256};

use super::clock::Timestamp;

/// SHA-256.
pub type Hash = [u8; 32];

/// Where the first seal begins.
pub const GENESIS: Hash = [0; 32];
/// Events under one seal at most. A check holds the events of one seal at a time, some 100 KiB, and one unit on a server
/// writes each of them: 128 round trips of a millisecond are an eighth of a second.
pub const EVENTS_A_SEAL: u16 = 128;

/// What the signature is over begins with this, so that it is never taken for one over something else.
const SEAL_LABEL: &[u8] = b"keystead audit seal 1";

/// Whoever can sign for this installation.
pub trait SealKey: Send + Sync + 'static {
    /// An Ed25519 signature (RFC 8032).
    fn sign(&self, message: &[u8]) -> Vec<u8>;
    /// Whether this installation made the signature, under its present key or the one before.
    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// As it stands in the table, where it may have been tampered with: so the hashes are bytes of any length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// From 1, without a gap.
    pub seq: i64,
    pub count: i64,
    /// The last link of its events.
    pub root: Vec<u8>,
    /// The hash of the seal before, [`GENESIS`] for the first.
    pub previous_root: Vec<u8>,
    pub sealed_at: Timestamp,
    pub signature: Vec<u8>,
}

impl Seal {
    /// A signature is made over everything else.
    pub fn signed(self, key: &dyn SealKey) -> Self {
        let signature = key.sign(&self.message());
        Self { signature, ..self }
    }

    pub fn is_signed_by(&self, key: &dyn SealKey) -> bool {
        key.has_signed(&self.message(), &self.signature)
    }

    /// Over everything, the signature included: what the next seal names as its `previous_root`.
    pub fn hash(&self) -> Hash {
        let mut digest = Sha256::new_with_prefix(self.message());
        digest.update(length(&self.signature));
        digest.update(&self.signature);
        digest.finalize().into()
    }

    fn message(&self) -> Vec<u8> {
        let numbers = [self.seq, self.count, self.sealed_at.as_micros()].map(i64::to_be_bytes).concat();
        let (previous, root) = (length(&self.previous_root), length(&self.root));
        [SEAL_LABEL, &numbers, &previous, &self.previous_root, &root, &self.root].concat()
    }
}

/// The link of an event behind `previous`.
pub fn link(previous: &[u8], event: &Hash) -> Hash {
    Sha256::new_with_prefix(previous).chain_update(event).finalize().into()
}

fn length(bytes: &[u8]) -> [u8; 8] {
    (bytes.len() as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Key;

    impl SealKey for Key {
        fn sign(&self, message: &[u8]) -> Vec<u8> {
            Sha256::digest(message).to_vec()
        }

        fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
            self.sign(message) == signature
        }
    }

    fn seal() -> Seal {
        let (root, previous_root) = (vec![1; 32], GENESIS.to_vec());
        let sealed_at = Timestamp::from_micros(7);
        Seal { seq: 1, count: 2, root, previous_root, sealed_at, signature: Vec::new() }.signed(&Key)
    }

    #[test]
    fn every_field_is_signed_and_hashed() {
        let good = seal();
        assert!(good.is_signed_by(&Key));
        let changed = [
            Seal { seq: 2, ..good.clone() },
            Seal { count: 3, ..good.clone() },
            Seal { root: vec![1; 31], ..good.clone() },
            Seal { previous_root: vec![1; 32], ..good.clone() },
            Seal { sealed_at: Timestamp::from_micros(8), ..good.clone() },
            // A byte that moves from one field to the next.
            Seal { previous_root: vec![0; 31], root: [vec![0], vec![1; 32]].concat(), ..good.clone() },
        ];
        for other in changed {
            assert!(!other.is_signed_by(&Key), "{other:?}");
            assert_ne!(other.hash(), good.hash(), "{other:?}");
        }
        let unsigned = Seal { signature: Vec::new(), ..good.clone() };
        assert_ne!(unsigned.hash(), good.hash());
    }

    #[test]
    fn a_link_is_what_was_written_down_once() {
        // printf '\0%.0s' {1..64} | sha256sum: if this fails, no trail from before is valid any more.
        let zeros = "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b";
        let byte = |at: usize| u8::from_str_radix(&zeros[2 * at..2 * at + 2], 16).unwrap();
        assert_eq!(link(&GENESIS, &GENESIS), std::array::from_fn(byte));
    }
}
