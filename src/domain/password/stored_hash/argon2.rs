//! Argon2 as PHC writes it: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, and Django with its own name before it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::text::{base64, parameters};
use super::{Salted, StoredHashError};

/// The most passes that a stored hash, or the settings, may ask for. Memory is bounded by the budget, so this bounds
/// a hash's time to 16 × that of the usual two passes.
pub const MAX_PASSES: u32 = 32;
/// The most lanes. They are computed one after the other and cost nothing more; 16 is twice what any framework's
/// default asks for.
pub const MAX_LANES: u32 = 16;
/// The most memory for one hash: 4 GiB less one block, so that no sum of blocks leaves 32 bits.
pub const MAX_MEMORY_KIB: u32 = 4 * 1024 * 1024 - 1;
/// KiB that Argon2 needs for each lane (RFC 9106, section 3.1).
const LEAST_KIB_PER_LANE: u32 = 8;
/// RFC 9106, section 3.1: implementations refuse a shorter salt.
const LEAST_SALT_BYTES: usize = 8;

/// The three costs of Argon2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParams {
    /// `m`: memory in KiB.
    pub memory_kib: u32,
    /// `t`: passes over the memory.
    pub iterations: u32,
    /// `p`: lanes.
    pub parallelism: u32,
}

impl HashParams {
    /// The work of one hash: KiB of memory times passes over it.
    pub fn units(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }

    /// Whether RFC 9106 allows these values at all.
    pub fn are_valid(self) -> bool {
        let least = u64::from(self.parallelism) * u64::from(LEAST_KIB_PER_LANE);
        self.parallelism > 0 && self.iterations > 0 && u64::from(self.memory_kib) >= least
    }

    /// Whether they are within what anybody may ask for, on any machine.
    pub fn are_bounded(self) -> bool {
        self.memory_kib <= MAX_MEMORY_KIB && self.iterations <= MAX_PASSES && self.parallelism <= MAX_LANES
    }

    /// Whether a hash made with these should be made anew, because `current` asks for more of something.
    pub fn are_below(self, current: Self) -> bool {
        self.memory_kib < current.memory_kib
            || self.iterations < current.iterations
            || self.parallelism < current.parallelism
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argon2Variant {
    Id,
    I,
    D,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argon2Version {
    /// 0x10, from before the RFC.
    V16,
    /// 0x13, RFC 9106.
    V19,
}

#[derive(Clone, Debug)]
pub struct Argon2Hash {
    pub variant: Argon2Variant,
    pub version: Argon2Version,
    pub params: HashParams,
    pub salted: Salted,
}

impl Argon2Hash {
    /// After the first dollar sign.
    pub(super) fn phc(phc: &str) -> Result<Self, StoredHashError> {
        let parts = StoredHashError::Malformed("it has too many or too few parts between its dollar signs");
        let mut fields: Vec<&str> = phc.split('$').collect();
        // The version is left out where it is 0x10.
        let version = match fields.get(1) {
            Some(&"v=19") => Argon2Version::V19,
            Some(&"v=16") => Argon2Version::V16,
            Some(field) if field.starts_with("v=") => return Err(StoredHashError::UnknownScheme),
            Some(_) => {
                fields.insert(1, "v=16");
                Argon2Version::V16
            }
            None => return Err(parts),
        };
        let &[variant, _, costs, salt, tag] = fields.as_slice() else { return Err(parts) };
        let variant = match variant {
            "argon2id" => Argon2Variant::Id,
            "argon2i" => Argon2Variant::I,
            "argon2d" => Argon2Variant::D,
            _ => return Err(StoredHashError::UnknownScheme),
        };
        // A key id or associated data would change the tag; they are no parameter that is known here.
        let [memory_kib, iterations, parallelism] = parameters(costs, ["m", "t", "p"])?;
        let params = HashParams { memory_kib, iterations, parallelism };
        if !params.are_valid() {
            return Err(StoredHashError::Malformed("its parameters are none that Argon2 knows"));
        }
        let salted = Salted::new(base64(salt)?, base64(tag)?)?;
        if salted.salt.len() < LEAST_SALT_BYTES {
            return Err(StoredHashError::Malformed("its salt has less than 8 bytes"));
        }
        if !params.are_bounded() {
            return Err(StoredHashError::TooExpensive("more than 4 GiB, 32 passes or 16 lanes of Argon2"));
        }
        Ok(Self { variant, version, params, salted })
    }

    /// As it is stored. Only what Keystead makes is written, which is Argon2id of version 19.
    pub fn to_phc(&self) -> String {
        let HashParams { memory_kib, iterations, parallelism } = self.params;
        let (salt, tag) = (STANDARD_NO_PAD.encode(&self.salted.salt), STANDARD_NO_PAD.encode(&self.salted.tag));
        format!("$argon2id$v=19$m={memory_kib},t={iterations},p={parallelism}${salt}${tag}")
    }
}
