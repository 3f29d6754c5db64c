//! Argon2id by either of two implementations, behind one function and over memory that is kept.
//!
//! A pure computation that knows no actor; the benchmarks run the very same code.

use super::memory::BlockMemory;
use crate::domain::password::stored_hash::{Argon2Hash, Argon2Variant, Argon2Version, HashParams};

/// An implementation of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Crate `argon2` (RustCrypto): the reference.
    Argon2,
    /// Crate `argon2-rust`: SIMD chosen at run time.
    #[cfg(feature = "fast-argon2")]
    Fast,
}

impl Backend {
    /// The fast one, if it is built in.
    pub fn fast() -> Option<Self> {
        #[cfg(feature = "fast-argon2")]
        let fast = Some(Self::Fast);
        #[cfg(not(feature = "fast-argon2"))]
        let fast = None;
        fast
    }

    /// Its name, with the instruction set in use.
    pub fn name(self) -> String {
        match self {
            Self::Argon2 => "argon2".to_owned(),
            #[cfg(feature = "fast-argon2")]
            Self::Fast => format!("argon2-rust ({})", argon2_rust::detected_backend()),
        }
    }
}

/// Why a hash could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the memory for the hash is not to be had")]
    Memory(#[from] rustix::io::Errno),
    #[error("argon2 failed")]
    Argon2(#[from] argon2::Error),
    #[cfg(feature = "fast-argon2")]
    #[error("argon2-rust failed")]
    Fast(#[from] argon2_rust::Error),
    #[error("scrypt does not take these parameters")]
    ScryptParams(#[from] scrypt::errors::InvalidParams),
    #[error("scrypt gives no tag of this length")]
    ScryptTag(#[from] scrypt::errors::InvalidOutputLen),
}

/// One thread's means to hash. It takes memory at the first hash, more when one needs more, and keeps it. What a hash
/// leaves in it is overwritten by the next one and not wiped in between (docs/decisions/0003-two-argon2-backends.md).
pub struct Engine(Kept);

enum Kept {
    Argon2(Option<BlockMemory>),
    /// It keeps its own arena: `mmap`ed, aligned to 2 MiB and advised to be on huge pages since its version 1.
    #[cfg(feature = "fast-argon2")]
    Fast(Box<argon2_rust::Hasher>),
}

impl Engine {
    pub fn new(backend: Backend) -> Self {
        Self(match backend {
            Backend::Argon2 => Kept::Argon2(None),
            #[cfg(feature = "fast-argon2")]
            Backend::Fast => {
                use argon2_rust::{Algorithm, Argon2, Params, Version};
                Kept::Fast(Box::new(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default()).hasher()))
            }
        })
    }

    /// Computes the Argon2id tag, version 0x13, of a password; as many bytes as `tag` has.
    ///
    /// # Errors
    /// [`EngineError`]: no memory, or parameters that RFC 9106 does not allow.
    pub fn tag(&mut self, params: HashParams, password: &[u8], salt: &[u8], tag: &mut [u8]) -> Result<(), EngineError> {
        self.tag_with(params, Inputs { password, salt, secret: &[], associated: &[] }, tag)
    }

    /// As [`Engine::tag`], with the two inputs that Keystead does not use and the vectors of RFC 9106 do.
    pub(super) fn tag_with(
        &mut self,
        params: HashParams,
        inputs: Inputs<'_>,
        tag: &mut [u8],
    ) -> Result<(), EngineError> {
        match &mut self.0 {
            Kept::Argon2(memory) => by_argon2(memory, RFC_9106, params, inputs, tag),
            #[cfg(feature = "fast-argon2")]
            Kept::Fast(hasher) => by_argon2_rust(hasher, params, inputs, tag),
        }
    }

    /// Gives its memory back; the next hash takes it anew.
    pub fn let_go(&mut self) {
        *self = Self::new(match self.0 {
            Kept::Argon2(_) => Backend::Argon2,
            #[cfg(feature = "fast-argon2")]
            Kept::Fast(_) => Backend::Fast,
        });
    }

    /// KiB of block memory it holds on to.
    pub fn kept_kib(&self) -> usize {
        match &self.0 {
            Kept::Argon2(memory) => memory.as_ref().map_or(0, BlockMemory::count),
            #[cfg(feature = "fast-argon2")]
            Kept::Fast(hasher) => hasher.reserved_blocks(),
        }
    }
}

/// What is hashed.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub password: &'a [u8],
    pub salt: &'a [u8],
    pub secret: &'a [u8],
    pub associated: &'a [u8],
}

/// What Keystead makes: Argon2id, version 0x13.
const RFC_9106: (argon2::Algorithm, argon2::Version) = (argon2::Algorithm::Argon2id, argon2::Version::V0x13);

/// The tag of a kind of Argon2 that others have made: by the reference, which knows them all and has no self-test to
/// pass, in memory that is not kept.
pub(super) fn older_tag(hash: &Argon2Hash, password: &[u8], tag: &mut [u8]) -> Result<(), EngineError> {
    let algorithm = match hash.variant {
        Argon2Variant::Id => argon2::Algorithm::Argon2id,
        Argon2Variant::I => argon2::Algorithm::Argon2i,
        Argon2Variant::D => argon2::Algorithm::Argon2d,
    };
    let version = match hash.version {
        Argon2Version::V16 => argon2::Version::V0x10,
        Argon2Version::V19 => argon2::Version::V0x13,
    };
    let inputs = Inputs { password, salt: &hash.salted.salt, secret: &[], associated: &[] };
    by_argon2(&mut None, (algorithm, version), hash.params, inputs, tag)
}

fn by_argon2(
    memory: &mut Option<BlockMemory>,
    (algorithm, version): (argon2::Algorithm, argon2::Version),
    params: HashParams,
    inputs: Inputs<'_>,
    tag: &mut [u8],
) -> Result<(), EngineError> {
    let params = argon2::ParamsBuilder::new()
        .m_cost(params.memory_kib)
        .t_cost(params.iterations)
        .p_cost(params.parallelism)
        .output_len(tag.len())
        .data(argon2::AssociatedData::new(inputs.associated)?)
        .build()?;
    let needed = params.block_count();
    let memory = match memory.take().filter(|kept| kept.count() >= needed) {
        Some(kept) => memory.insert(kept),
        // What was too small is gone by now, so the two are never held at once.
        None => memory.insert(BlockMemory::map(needed)?),
    };
    argon2::Argon2::new_with_secret(inputs.secret, algorithm, version, params)?.hash_password_into_with_memory(
        inputs.password,
        inputs.salt,
        tag,
        memory.blocks(),
    )?;
    Ok(())
}

#[cfg(feature = "fast-argon2")]
fn by_argon2_rust(
    hasher: &mut argon2_rust::Hasher,
    params: HashParams,
    inputs: Inputs<'_>,
    tag: &mut [u8],
) -> Result<(), EngineError> {
    use argon2_rust::params::{Memory, TagLen};
    use argon2_rust::{Algorithm, Argon2, Params, Version};

    let params = Params::builder()
        .memory(Memory::kib(params.memory_kib.into()))
        .passes(params.iterations)
        .lanes(params.parallelism)
        // One thread whatever the lanes: the threads that hash are counted, and each has one core.
        .threads(1)
        .tag_len(TagLen::bytes(tag.len() as u64))
        .build()?;
    hasher.set_argon2(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
    hasher.hash_into_with_ad(inputs.password, inputs.salt, inputs.secret, inputs.associated, tag)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn params(memory_kib: u32, iterations: u32, parallelism: u32) -> HashParams {
        HashParams { memory_kib, iterations, parallelism }
    }

    /// The crate's own call, which allocates: what the kept memory is measured against, in truth as in speed.
    fn plainly(params: HashParams, password: &[u8], salt: &[u8], tag: &mut [u8]) {
        let HashParams { memory_kib, iterations, parallelism } = params;
        let params = argon2::Params::new(memory_kib, iterations, parallelism, Some(tag.len())).unwrap();
        let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        argon2.hash_password_into(password, salt, tag).unwrap();
    }

    fn backends() -> Vec<Backend> {
        [Backend::Argon2].into_iter().chain(Backend::fast()).collect()
    }

    #[test]
    fn memory_is_kept_and_grows_only_when_it_must() {
        for backend in backends() {
            let mut engine = Engine::new(backend);
            let mut kept_after = |memory_kib| {
                engine.tag(params(memory_kib, 1, 1), b"pw", b"somesalt", &mut [0; 32]).unwrap();
                engine.kept_kib()
            };
            let kept: Vec<_> = [64, 8, 2_048, 64].map(&mut kept_after).into();
            assert_eq!(kept, [64, 64, 2_048, 2_048], "{}", backend.name());
        }
    }

    #[test]
    fn bad_parameters_are_errors_and_harm_nothing() {
        for backend in backends() {
            let mut engine = Engine::new(backend);
            let mut tag = [0; 32];
            for bad in [params(7, 1, 1), params(8, 0, 1), params(8, 1, 0), params(8, 1, 2)] {
                assert!(engine.tag(bad, b"pw", b"somesalt", &mut tag).is_err(), "{bad:?} by {}", backend.name());
            }
            assert!(engine.tag(params(8, 1, 1), b"pw", b"short", &mut tag).is_err());
            engine.tag(params(8, 1, 1), b"pw", b"somesalt", &mut tag).unwrap();
            let mut expected = [0; 32];
            plainly(params(8, 1, 1), b"pw", b"somesalt", &mut expected);
            assert_eq!(tag, expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Several hashes in a row by one engine, so that each finds what another left in the memory.
        #[test]
        fn both_backends_agree_with_the_allocating_call(
            cases in prop::collection::vec(
                (
                    (1_u32..=8, 8_u32..=96, 1_u32..=4),
                    prop::collection::vec(any::<u8>(), 0..200),
                    prop::collection::vec(any::<u8>(), 8..49),
                    4_usize..=80,
                ),
                1..6,
            )
        ) {
            let mut engines: Vec<_> = backends().into_iter().map(Engine::new).collect();
            for ((lanes, kib_per_lane, passes), password, salt, tag_bytes) in cases {
                let params = params(lanes * kib_per_lane + lanes / 2, passes, lanes);
                let mut expected = vec![0; tag_bytes];
                plainly(params, &password, &salt, &mut expected);
                for engine in &mut engines {
                    let mut tag = vec![0; tag_bytes];
                    engine.tag(params, &password, &salt, &mut tag).unwrap();
                    prop_assert_eq!(&tag, &expected);
                }
            }
        }
    }

    /// Where huge pages and the fast backend's mapped arena begin, and at the parameters that people use.
    #[test]
    fn both_backends_agree_at_real_sizes() {
        for params in [params(2_047, 1, 1), params(2_049, 2, 1), params(4_099, 3, 3), params(19_456, 2, 1)] {
            let mut expected = [0; 32];
            plainly(params, b"correct horse battery staple", b"0123456789abcdef", &mut expected);
            for backend in backends() {
                let (mut engine, mut tag) = (Engine::new(backend), [0; 32]);
                engine.tag(params, b"correct horse battery staple", b"0123456789abcdef", &mut tag).unwrap();
                assert_eq!(tag, expected, "{params:?} by {}", backend.name());
            }
        }
    }
}
