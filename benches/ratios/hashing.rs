//! The hasher's loop against the allocating call of crate `argon2`, at the parameters of production.
//!
//! A, B and C take turns within every round, because a shared machine drifts by more than what is to be shown; each
//! ratio is the median over the rounds of the ratio within one round.

#![expect(clippy::expect_used, reason = "a benchmark that cannot hash has nothing to say")]

use std::thread;
use std::time::{Duration, Instant};

use keystead::actors::hasher::HashParams;
use keystead::actors::hasher::engine::{Backend, Engine};

use crate::ratio::{cores, spread, tell};

const PARAMS: HashParams = HashParams { memory_kib: 19_456, iterations: 2, parallelism: 1 };
const ROUNDS: usize = 15;
/// Of one side in one round: some fifty hashes. Many short rounds follow a drift better than few long ones.
const SLICE: Duration = Duration::from_millis(500);
/// With the fast backend, where the processor has AVX2 or better (design goal P2).
const FAST_GOAL: f64 = 1.6;
/// With `argon2` itself: what kept memory on huge pages gives (design goal P2).
const REFERENCE_GOAL: f64 = 1.15;

/// Prints the ratios and whether they reach their goals.
pub fn run() {
    let threads = cores();
    println!("hashing: m=19456 t=2 p=1, {threads} threads, {ROUNDS} interleaved rounds of {SLICE:?} each, medians");
    let fast = Backend::fast().map(|fast| (fast, FAST_GOAL));
    let backends: Vec<_> = fast.into_iter().chain([(Backend::Argon2, REFERENCE_GOAL)]).collect();

    let mut baselines = Vec::new();
    let mut loops = vec![Vec::new(); backends.len()];
    for _ in 0..ROUNDS {
        baselines.push(rate(threads, SLICE, || allocating));
        for (rates, &(backend, _)) in loops.iter_mut().zip(&backends) {
            rates.push(rate(threads, SLICE, || kept(backend)));
        }
    }
    println!("  argon2, allocating: {} hashes/s", spread(&baselines, 0));
    for (rates, (backend, goal)) in loops.into_iter().zip(backends) {
        println!("  {}, memory kept: {} hashes/s", backend.name(), spread(&rates, 0));
        let ratios: Vec<f64> = rates.iter().zip(&baselines).map(|(rate, baseline)| rate / baseline).collect();
        tell(&format!("{} ÷ allocating", backend.name()), &ratios, goal);
    }
}

/// Hashes per second of the bare loop with the default backend, on so many threads: what logins are measured against.
/// At the ordinary priority, though the hasher's threads have the lowest: on a machine that does something else besides
/// this is the stricter baseline.
pub fn bare_rate(threads: usize, slice: Duration) -> f64 {
    let backend = Backend::fast().unwrap_or(Backend::Argon2);
    rate(threads, slice, || kept(backend))
}

fn kept(backend: Backend) -> impl FnMut(&mut [u8; 32]) + Send {
    let mut engine = Engine::new(backend);
    move |tag| engine.tag(PARAMS, b"correct horse", b"0123456789abcdef", tag).expect("a hash")
}

fn allocating(tag: &mut [u8; 32]) {
    let HashParams { memory_kib, iterations, parallelism } = PARAMS;
    let params = argon2::Params::new(memory_kib, iterations, parallelism, Some(tag.len())).expect("parameters");
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    argon2.hash_password_into(b"correct horse", b"0123456789abcdef", tag).expect("a hash");
}

/// Runs what `make` makes on each of the threads, and gives the sum of their rates. Each counts its own time, from
/// after a first hash (which brings the memory in) to the end of its last.
fn rate<W: FnMut(&mut [u8; 32]) + Send>(threads: usize, slice: Duration, make: impl Fn() -> W) -> f64 {
    thread::scope(|scope| {
        let start = |mut work: W| {
            scope.spawn(move || {
                let (mut tag, mut hashes) = ([0; 32], 0_u32);
                work(&mut tag);
                let began = Instant::now();
                while began.elapsed() < slice {
                    work(&mut tag);
                    hashes += 1;
                }
                f64::from(hashes) / began.elapsed().as_secs_f64()
            })
        };
        let running: Vec<_> = (0..threads).map(|_| start(make())).collect();
        running.into_iter().map(|thread| thread.join().expect("a thread that hashes")).sum()
    })
}
