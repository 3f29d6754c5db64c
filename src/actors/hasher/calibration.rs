//! Which costs fit this machine: measured with the engine that will hash, on as many threads at once as will hash.
//!
//! Threads share the memory's bandwidth and the cores' clock, so what one hash takes alone says little.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::engine::{Backend, Engine, EngineError};
use super::settings::{HashBackend, HashParams, MAX_MEMORY_KIB, MAX_PASSES};
use super::{SALT_BYTES, TAG_BYTES, self_test};

/// OWASP Password Storage Cheat Sheet, Argon2id: less is not proposed, however slow the machine.
pub const LEAST: HashParams = HashParams { memory_kib: 19_456, iterations: 2, parallelism: 1 };
/// Hashes of each thread that are timed, after one that brings its memory in.
const TIMED: u32 = 3;
/// Steps towards the target. Time is nearly proportional to memory and to passes, so two or three are enough.
const STEPS: u32 = 5;
/// A step that is this near under the target is the last one.
const NEAR: f64 = 0.9;
/// Memory is proposed in whole MiB, which are easier to read.
const MIB_KIB: u32 = 1024;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// For one hash while all threads hash.
    pub target: Duration,
    pub threads: u32,
    /// For all of them together.
    pub memory_kib: u32,
    pub backend: HashBackend,
}

/// What fits.
#[derive(Clone, Debug)]
pub struct Calibrated {
    pub params: HashParams,
    /// Of one hash, while every thread hashed.
    pub hash_time: Duration,
    pub threads: u32,
    pub backend: String,
    /// Whether a hash takes no longer than was asked for. If not, `params` are the least there are.
    pub is_within: bool,
}

/// As much memory as the target allows, then as many passes: memory is what hurts whoever guesses with special hardware.
///
/// # Errors
/// [`EngineError`], most likely for want of memory.
pub fn calibrate(wish: Wish) -> Result<Calibrated, EngineError> {
    let backend = self_test::choose(wish.backend, LEAST);
    let threads = wish.threads.max(1);
    let most_kib = (wish.memory_kib / threads).clamp(LEAST.memory_kib, MAX_MEMORY_KIB);
    let (params, hash_time) = search(wish.target, most_kib, |params| at_once(backend, threads, params))?;
    let is_within = hash_time <= wish.target;
    Ok(Calibrated { params, hash_time, threads, backend: backend.name(), is_within })
}

/// The search alone; `measure` says what a hash takes.
fn search<E>(
    target: Duration,
    most_kib: u32,
    mut measure: impl FnMut(HashParams) -> Result<Duration, E>,
) -> Result<(HashParams, Duration), E> {
    let mut params = HashParams { memory_kib: most_kib, ..LEAST };
    let mut took = measure(params)?;
    let mut best: Option<(HashParams, Duration)> = None;
    for _ in 0..STEPS {
        if took <= target && best.is_none_or(|(known, _)| known.units() < params.units()) {
            best = Some((params, took));
        }
        let ratio = target.as_secs_f64() / took.as_secs_f64().max(f64::MIN_POSITIVE);
        if (NEAR..=1.0).contains(&ratio) {
            break;
        }
        let next = scaled(params, ratio, most_kib);
        if next == params {
            break;
        }
        params = next;
        took = measure(params)?;
    }
    if took <= target && best.is_none_or(|(known, _)| known.units() < params.units()) {
        best = Some((params, took));
    }
    match best {
        Some(best) => Ok(best),
        None => Ok((LEAST, measure(LEAST)?)),
    }
}

/// Passes above two are given up first and taken last; below the most memory there are two.
fn scaled(params: HashParams, ratio: f64, most_kib: u32) -> HashParams {
    let units = f64::from(params.memory_kib) * f64::from(params.iterations) * ratio;
    let passes = whole(units / f64::from(most_kib)).clamp(LEAST.iterations, MAX_PASSES);
    if passes > LEAST.iterations {
        return HashParams { memory_kib: most_kib, iterations: passes, ..LEAST };
    }
    let kib = whole(units / f64::from(LEAST.iterations)).clamp(LEAST.memory_kib, most_kib);
    // OWASP's 19 MiB are whole ones.
    let memory_kib = if kib == most_kib { kib } else { kib / MIB_KIB * MIB_KIB };
    HashParams { memory_kib: memory_kib.max(LEAST.memory_kib), ..LEAST }
}

fn whole(number: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast stops at both ends")]
    let whole = number as u32;
    whole
}

/// The mean time of one hash while `threads` of them run: each thread computes as many as the others.
fn at_once(backend: Backend, threads: u32, params: HashParams) -> Result<Duration, EngineError> {
    let together = Barrier::new(threads as usize);
    let one = || {
        let mut engine = Engine::new(backend);
        let (salt, mut tag) = ([0; SALT_BYTES], [0; TAG_BYTES]);
        let first = engine.tag(params, b"a password to measure with", &salt, &mut tag);
        // Also where the first has failed: the others would wait for ever.
        together.wait();
        first?;
        let began = Instant::now();
        for _ in 0..TIMED {
            engine.tag(params, b"a password to measure with", &salt, &mut tag)?;
        }
        Ok(began.elapsed() / TIMED)
    };
    let times: Vec<Result<Duration, EngineError>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut sum = Duration::ZERO;
    for took in times {
        sum += took?;
    }
    Ok(sum / threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A machine on which a unit takes so many nanoseconds.
    fn found(nanos_a_unit: f64, target_millis: u32, most_kib: u32) -> (HashParams, bool) {
        let target = MS * target_millis;
        let measure = |params: HashParams| {
            #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³")]
            let units = params.units() as f64;
            Ok::<_, std::convert::Infallible>(Duration::from_secs_f64(units * nanos_a_unit / 1e9))
        };
        let (params, took) = search(target, most_kib, measure).unwrap();
        (params, took <= target)
    }

    #[test]
    fn memory_comes_before_passes_and_the_target_is_met_closely() {
        let params = |memory_kib, iterations| HashParams { memory_kib, iterations, parallelism: 1 };
        // 64 MiB, two passes: 131,072 units of 200 ns are 26 ms.
        assert_eq!(found(200.0, 250, 65_536), (params(65_536, 19), true));
        assert_eq!(found(200.0, 27, 65_536), (params(65_536, 2), true));
        assert_eq!(found(200.0, 20, 65_536), (params(48 * 1024, 2), true));
        assert_eq!(found(200.0, 10_000, 65_536), (params(65_536, MAX_PASSES), true));
    }

    #[test]
    fn a_machine_that_is_too_slow_gets_the_least_and_is_told() {
        assert_eq!(found(2_000.0, 50, 65_536), (LEAST, false));
    }

    #[test]
    fn what_is_found_is_measured_on_this_machine_by_either_backend() {
        for backend in [HashBackend::Auto, HashBackend::Argon2] {
            let wish = Wish { target: MS, threads: 2, memory_kib: 8, backend };
            let calibrated = calibrate(wish).unwrap();
            assert_eq!((calibrated.params, calibrated.threads), (LEAST, 2));
            assert!(calibrated.hash_time > MS && !calibrated.is_within && !calibrated.backend.is_empty());
        }
    }
}
