//! A hash as the database holds it: parsed once, at the hasher's door.
//!
//! Strings come from the database and, with an import, from elsewhere: their costs are somebody else's wish and are
//! compared with the limits while they are still numbers.

use argon2::ARGON2ID_IDENT;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::engine::{Engine, EngineError};
use super::messages::HashError;
use super::settings::{HashParams, Limits};
use super::{SALT_BYTES, TAG_BYTES};

/// A longer string is not looked at. The longest that can be valid: 12 + 5 + 30 + 1 + 64 + 1 + 86 characters (of m, t
/// and p with ten digits each, 48 bytes of salt and 64 of tag), not quite 200.
const MAX_PHC_BYTES: usize = 256;
/// Argon2's version 0x13, the only one (RFC 9106). A string without it means 0x10, which nobody should have any more.
const VERSION: u32 = 0x13;
/// A shorter tag is guessed too easily to be a password's: 128 bits are RFC 9106's second choice.
const LEAST_TAG_BYTES: usize = 16;

/// An Argon2id hash: its parameters, salt and tag.
#[derive(Clone, Debug)]
pub struct Stored {
    params: HashParams,
    salt: Salt,
    tag: Output,
}

impl Stored {
    /// Hashes with a fresh salt.
    pub(super) fn of(engine: &mut Engine, params: HashParams, password: &[u8]) -> Result<Self, EngineError> {
        let mut salt = [0; SALT_BYTES];
        rand::fill(&mut salt);
        let mut tag = Zeroizing::new([0; TAG_BYTES]);
        engine.tag(params, password, &salt, tag.as_mut())?;
        Ok(Self { params, salt: Salt::new(&salt)?, tag: Output::new(tag.as_ref())? })
    }

    /// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, in exactly this form.
    pub(super) fn parse(phc: &str, limits: Limits) -> Result<Self, HashError> {
        if phc.len() > MAX_PHC_BYTES {
            return Err(HashError::Unsupported);
        }
        let hash = PasswordHash::new(phc).map_err(|_| HashError::Unsupported)?;
        if hash.algorithm != ARGON2ID_IDENT || hash.version != Some(VERSION) {
            return Err(HashError::Unsupported);
        }
        let params = params_of(&hash.params).ok_or(HashError::Unsupported)?;
        let (Some(salt), Some(tag)) = (hash.salt, hash.hash) else { return Err(HashError::Unsupported) };
        if tag.len() < LEAST_TAG_BYTES {
            return Err(HashError::Unsupported);
        }
        if !limits.allow(params) {
            return Err(HashError::TooExpensive);
        }
        Ok(Self { params, salt, tag })
    }

    pub(super) fn params(&self) -> HashParams {
        self.params
    }

    /// Whether `password` is the one, found out in a time that does not depend on how nearly it is.
    pub(super) fn matches(&self, engine: &mut Engine, password: &[u8]) -> Result<bool, EngineError> {
        let mut tag = Zeroizing::new([0; Output::MAX_LENGTH]);
        let tag = &mut tag[..self.tag.len()];
        engine.tag(self.params, password, &self.salt, tag)?;
        Ok(tag.ct_eq(self.tag.as_bytes()).into())
    }

    /// Whether it is weaker in anything than what would be made today.
    pub(super) fn is_outdated(&self, current: HashParams) -> bool {
        self.params.are_below(current) || self.salt.len() < SALT_BYTES || self.tag.len() < TAG_BYTES
    }

    pub(super) fn to_phc(&self) -> Result<String, EngineError> {
        let mut params = ParamsString::new();
        params.add_decimal("m", self.params.memory_kib)?;
        params.add_decimal("t", self.params.iterations)?;
        params.add_decimal("p", self.params.parallelism)?;
        let (salt, hash) = (Some(self.salt), Some(self.tag));
        Ok(PasswordHash { algorithm: ARGON2ID_IDENT, version: Some(VERSION), params, salt, hash }.to_string())
    }
}

/// `m`, `t` and `p`, each once, in this order and nothing else: a key id or associated data would change the tag, and
/// of two `m`s one would be checked and the other computed.
fn params_of(written: &ParamsString) -> Option<HashParams> {
    let params = HashParams {
        memory_kib: written.get_decimal("m")?,
        iterations: written.get_decimal("t")?,
        parallelism: written.get_decimal("p")?,
    };
    let HashParams { memory_kib, iterations, parallelism } = params;
    let is_canonical = written.as_str() == format!("m={memory_kib},t={iterations},p={parallelism}");
    (is_canonical && params.are_valid()).then_some(params)
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier as _;

    use super::super::engine::Backend;
    use super::super::settings::{MAX_LANES, MAX_PASSES};
    use super::*;

    const CURRENT: HashParams = HashParams { memory_kib: 64, iterations: 2, parallelism: 1 };
    const LIMITS: Limits = Limits { current: CURRENT, memory_kib: 1_024 };
    const SALT_AND_TAG: &str = "MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

    fn parse(head: &str) -> Result<Stored, HashError> {
        Stored::parse(&format!("{head}${SALT_AND_TAG}"), LIMITS)
    }

    #[test]
    fn what_is_written_is_read_again_and_another_implementation_agrees() {
        let mut engine = Engine::new(Backend::Argon2);
        let stored = Stored::of(&mut engine, CURRENT, b"correct horse").unwrap();
        let phc = stored.to_phc().unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{phc}");
        let read = Stored::parse(&phc, LIMITS).unwrap();
        assert!(read.matches(&mut engine, b"correct horse").unwrap());
        assert!(!read.matches(&mut engine, b"correct hors").unwrap());
        assert!(!read.is_outdated(CURRENT));
        argon2::Argon2::default().verify_password(b"correct horse", phc.as_str()).unwrap();
        assert_ne!(phc, Stored::of(&mut engine, CURRENT, b"correct horse").unwrap().to_phc().unwrap());
    }

    #[test]
    fn a_hash_of_the_c_reference_is_right() {
        // The test vector "password"/"somesalt" of the reference implementation's test.c.
        let phc = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
        let stored = Stored::parse(phc, LIMITS).unwrap();
        assert!(stored.matches(&mut Engine::new(Backend::Argon2), b"password").unwrap());
        assert!(stored.is_outdated(CURRENT), "its salt has 8 bytes");
    }

    #[test]
    fn other_schemes_and_forms_are_unsupported() {
        for head in [
            "$argon2i$v=19$m=64,t=2,p=1",
            "$argon2d$v=19$m=64,t=2,p=1",
            "$argon2id$v=16$m=64,t=2,p=1",
            "$argon2id$m=64,t=2,p=1",
            "$argon2id$v=19$m=64,t=2",
            "$argon2id$v=19$t=2,m=64,p=1",
            "$argon2id$v=19$m=64,t=2,p=1,m=9999999",
            "$argon2id$v=19$m=64,t=2,p=1,data=c29tZQ",
            "$argon2id$v=19$m=064,t=2,p=1",
            "$argon2id$v=19$m=-1,t=2,p=1",
            "$argon2id$v=19$m=99999999999,t=2,p=1",
            "$argon2id$v=19$m=7,t=1,p=1",
            "$argon2id$v=19$m=64,t=0,p=1",
            "$argon2id$v=19$m=64,t=1,p=0",
            "$argon2id$v=19",
            "$2b$12",
            "",
        ] {
            assert!(matches!(parse(head), Err(HashError::Unsupported)), "{head}");
        }
        for phc in ["", "$", "plain", "$argon2id$v=19$m=64,t=2,p=1", "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ"] {
            assert!(matches!(Stored::parse(phc, LIMITS), Err(HashError::Unsupported)), "{phc}");
        }
        let short_tag = "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OQ";
        assert!(matches!(Stored::parse(short_tag, LIMITS), Err(HashError::Unsupported)));
        assert!(matches!(Stored::parse(&"$".repeat(100_000), LIMITS), Err(HashError::Unsupported)));
    }

    #[test]
    fn hostile_costs_are_refused_as_numbers() {
        let costs = |m: u32, t: u32, p: u32| parse(&format!("$argon2id$v=19$m={m},t={t},p={p}"));
        assert!(costs(1_024, MAX_PASSES, MAX_LANES).is_ok());
        for hostile in [costs(1_025, 1, 1), costs(u32::MAX, 1, 1), costs(64, MAX_PASSES + 1, 1), costs(1_024, 1, 17)] {
            assert!(matches!(hostile, Err(HashError::TooExpensive)));
        }
    }

    #[test]
    fn less_of_anything_is_outdated_and_more_is_not() {
        let outdated =
            |m: u32, t: u32, p: u32| parse(&format!("$argon2id$v=19$m={m},t={t},p={p}")).unwrap().is_outdated(CURRENT);
        assert!(outdated(63, 2, 1) && outdated(64, 1, 1) && outdated(128, 1, 1));
        assert!(!outdated(64, 2, 1) && !outdated(128, 3, 2));
    }
}
