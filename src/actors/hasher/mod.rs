//! The hasher: everything that costs a password hash, on threads of its own.
//!
//! It owns N operating-system threads at the lowest priority and, for each, the memory of one hash, kept between
//! hashes and on huge pages. It promises never to use more than its memory budget, to refuse at once what would wait
//! too long (by predicted wait, running work counted), to spend the same time on an unknown account as on a known
//! one, and to outlive a panic. It does not store hashes, choose passwords or normalise them: bytes arrive in NFC.
//! Two implementations stand behind [`engine`]; `docs/decisions/0003-two-argon2-backends.md` says why.

mod actor;
pub mod admission;
pub mod calibration;
mod door;
pub mod engine;
mod memory;
pub mod messages;
mod schemes;
mod self_test;
mod settings;
mod spare;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use actix::{SyncArbiter, System};
use rand::RngExt as _;

use self::actor::{Alive, Hasher, Rules};
use self::admission::Admission;
use self::schemes::Bench;
use self::spare::Spare;
use crate::actors::door::Door;
use crate::domain::password::StoredHash;

pub use self::door::{HasherDoor, SpareTurn};
pub use self::messages::{HashError, Verdict};
pub use self::settings::{HashBackend, HashParams, HasherError, HasherSettings};

/// Bytes of a fresh salt (RFC 9106, section 3.1, recommends 16).
pub const SALT_BYTES: usize = 16;
/// Bytes of a fresh tag. 256 bits, as RFC 9106 section 4 recommends.
pub const TAG_BYTES: usize = 32;
/// Hashes that are timed at the start for a first estimate of the pace, after one that only brings the memory in.
const CALIBRATION_HASHES: u32 = 2;
/// The least that one lane takes (RFC 9106): parameters that nothing is computed with.
const LEAST_KIB: u32 = 8;
/// How much longer than predicted an admitted request may take before it is given up: the prediction can be wrong by
/// this factor (a host that steals the processor) without costing anybody an answer.
const PATIENCE_FACTOR: u32 = 2;
/// The least patience; below it the scheduler's own delays would decide.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// Starts the threads and gives the way to them. To be called inside an actix `System`; blocks for a few hashes,
/// because the backend is checked and timed first.
///
/// # Errors
/// [`HasherError`] when the parameters are not to be had, or nothing can be computed with them.
pub fn start(settings: HasherSettings) -> Result<HasherDoor, HasherError> {
    if System::try_current().is_none() {
        return Err(HasherError::NoSystem);
    }
    let plan = settings.plan()?;
    let params = settings.params;
    let backend = self_test::choose(settings.backend, params);
    let spare = Arc::new(Spare::new(plan.spare_kib));
    let first = calibrate(Bench::new(backend, params.memory_kib, Arc::clone(&spare)), params)?;

    let admission = Arc::new(Admission::new(plan.threads, settings.max_wait, params.units(), first.hash_time));
    let alive = Alive::new(plan.threads);
    let rules = Arc::new(Rules { params, backend, stand_in: first.stored, spare });
    let (worker_rules, worker_alive) = (rules, alive.clone());

    let mut number = 0_u32;
    let named = move || {
        let name = format!("hasher-{number}");
        number += 1;
        thread::Builder::new().name(name)
    };
    let addr = SyncArbiter::start_with_thread_builder(plan.threads as usize, named, move || {
        Hasher::on_this_thread(Arc::clone(&worker_rules), worker_alive.clone())
    });

    let patience = ((settings.max_wait + first.hash_time) * PATIENCE_FACTOR).max(LEAST_PATIENCE);
    let door = Door::new(addr, admission.places(), patience);
    tracing::info!(
        backend = backend.name(),
        threads = plan.threads,
        memory_kib = params.memory_kib,
        hash_micros = first.hash_time.as_micros(),
        "the hasher is ready"
    );
    Ok(HasherDoor::new(door, admission, alive, settings::Limits::of(params, plan.spare_kib)))
}

/// For a command that hashes nothing: no threads, and no memory.
pub fn shut() -> HasherDoor {
    let params = HashParams { memory_kib: LEAST_KIB, iterations: 1, parallelism: 1 };
    let admission = Arc::new(Admission::new(0, Duration::ZERO, params.units(), Duration::ZERO));
    HasherDoor::new(Door::shut(), admission, Alive::new(0), settings::Limits::of(params, 0))
}

struct Calibration {
    hash_time: Duration,
    /// What an unknown account is verified against: a hash of random bytes with the current parameters.
    stored: StoredHash,
}

fn calibrate(mut bench: Bench, params: HashParams) -> Result<Calibration, HasherError> {
    let password: [u8; TAG_BYTES] = rand::rng().random();
    let stored = StoredHash::Argon2(bench.hash(params, &password)?);
    let began = Instant::now();
    for _ in 0..CALIBRATION_HASHES {
        bench.hash(params, &password)?;
    }
    Ok(Calibration { hash_time: began.elapsed() / CALIBRATION_HASHES, stored })
}
