//! Whether the fast backend may be trusted on this machine: asked at every start, because which of its code paths
//! runs depends on the processor.

use rand::RngExt as _;

use super::engine::{Backend, Engine, EngineError, Inputs};
use super::settings::{HashBackend, HashParams};

/// Random cases compared with the reference: a few milliseconds in all.
const CROSS_CHECKS: usize = 8;

/// The backend to use. `auto` takes the fast one where it is built in and passes; otherwise it says so and falls back.
pub fn choose(wanted: HashBackend, current: HashParams) -> Backend {
    let candidate = match wanted {
        HashBackend::Auto => Backend::fast(),
        HashBackend::Argon2 => None,
    };
    let Some(candidate) = candidate else { return Backend::Argon2 };
    let mut engine = Engine::new(candidate);
    or_reference(candidate, check(current, |params, inputs, tag| engine.tag_with(params, inputs, tag)))
}

fn or_reference(candidate: Backend, checked: Result<(), Distrust>) -> Backend {
    match checked {
        Ok(()) => candidate,
        Err(distrust) => {
            let error = &distrust as &dyn std::error::Error;
            tracing::warn!(error, backend = candidate.name(), "falling back to the reference implementation of Argon2");
            Backend::Argon2
        }
    }
}

/// Why a backend is not used.
#[derive(Debug, thiserror::Error)]
enum Distrust {
    #[error("its tag for the vector of RFC 9106, section 5.3, is wrong")]
    KnownAnswer,
    #[error("its tag differs from the reference's for {0:?}")]
    Differs(HashParams),
    #[error("it cannot compute a hash")]
    Fails(#[from] EngineError),
}

/// Checks what `compute` gives: first against the RFC, then, for random inputs with random small parameters and
/// once with the current ones, against the reference.
fn check(
    current: HashParams,
    mut compute: impl FnMut(HashParams, Inputs<'_>, &mut [u8]) -> Result<(), EngineError>,
) -> Result<(), Distrust> {
    let mut tag = [0; 32];
    let (params, inputs, expected) = rfc_9106_vector();
    compute(params, inputs, &mut tag)?;
    if tag != expected {
        return Err(Distrust::KnownAnswer);
    }
    let mut reference = Engine::new(Backend::Argon2);
    let random = std::iter::repeat_with(random_params).take(CROSS_CHECKS);
    for params in random.chain([current]) {
        let (password, salt): ([u8; 32], [u8; 16]) = (rand::rng().random(), rand::rng().random());
        let inputs = Inputs { password: &password, salt: &salt, secret: &[], associated: &[] };
        let mut expected = [0; 32];
        reference.tag_with(params, inputs, &mut expected)?;
        compute(params, inputs, &mut tag)?;
        if tag != expected {
            return Err(Distrust::Differs(params));
        }
    }
    Ok(())
}

fn random_params() -> HashParams {
    let mut rng = rand::rng();
    let parallelism = rng.random_range(1..=4);
    let memory_kib = parallelism * rng.random_range(8..=64);
    HashParams { memory_kib, iterations: rng.random_range(1..=3), parallelism }
}

fn rfc_9106_vector() -> (HashParams, Inputs<'static>, [u8; 32]) {
    let params = HashParams { memory_kib: 32, iterations: 3, parallelism: 4 };
    let inputs = Inputs { password: &[1; 32], salt: &[2; 16], secret: &[3; 8], associated: &[4; 12] };
    let tag = [
        0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9, //
        0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59,
    ];
    (params, inputs, tag)
}

#[cfg(all(test, feature = "fast-argon2"))]
mod tests {
    use super::*;

    const SMALL: HashParams = HashParams { memory_kib: 8, iterations: 1, parallelism: 1 };

    #[test]
    fn both_backends_pass() {
        for backend in [Backend::Argon2, Backend::Fast] {
            let mut engine = Engine::new(backend);
            check(SMALL, |params, inputs, tag| engine.tag_with(params, inputs, tag)).unwrap();
        }
        assert_eq!(choose(HashBackend::Auto, SMALL), Backend::Fast);
        assert_eq!(choose(HashBackend::Argon2, SMALL), Backend::Argon2);
    }

    #[test]
    fn a_backend_that_is_wrong_once_is_caught_and_not_used() {
        let mut engine = Engine::new(Backend::Fast);
        let (vector, ..) = rfc_9106_vector();
        let off_at = |at: fn(HashParams, HashParams) -> bool, engine: &mut Engine| {
            check(SMALL, |params, inputs, tag| {
                engine.tag_with(params, inputs, tag)?;
                tag[31] ^= u8::from(at(params, vector));
                Ok(())
            })
        };
        let known_answer = off_at(|params, vector| params == vector, &mut engine);
        assert!(matches!(known_answer, Err(Distrust::KnownAnswer)));
        let at_the_current = off_at(|params, _| params == SMALL, &mut engine);
        assert!(matches!(at_the_current, Err(Distrust::Differs(SMALL))));
        assert_eq!(or_reference(Backend::Fast, at_the_current), Backend::Argon2);

        let failing = check(SMALL, |_, _, _| Err(EngineError::Memory(rustix::io::Errno::NOMEM)));
        assert_eq!(or_reference(Backend::Fast, failing), Backend::Argon2);
    }
}
