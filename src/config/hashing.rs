//! Password hashing: the cost of one Argon2id hash, and how much of the machine all of them may take.

use std::thread::available_parallelism;
use std::time::Duration;

use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::server::Environment;
use super::setting::Allowed::{self, Words};
use super::setting::Fallback::{Derived, Written};
use super::setting::{Section, Setting};

/// OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB of memory, two iterations, one lane.
const OWASP_MEMORY_KIB: u32 = 19_456;
const OWASP_ITERATIONS: u32 = 2;
/// Argon2 needs eight blocks of 1 KiB for each lane (RFC 9106, section 3.1).
const MEMORY_KIB_A_LANE_MIN: u32 = 8;
const THREADS_MAX: u32 = 256;
/// For hashes that were made elsewhere: one of Django's Argon2 (100 MiB), two of passlib's (64 MiB), or four and more of
/// Werkzeug's scrypt (32 MiB) at once. Nothing is taken where there are none.
const FOREIGN_MIB: u32 = 128;

// 4 GiB a hash is far beyond what a login can wait for.
const HASH_MEMORY_KIB: Setting = Setting::new(
    "HASH_MEMORY_KIB",
    Written("19456"),
    Allowed::whole(8, 4_194_304, "KiB"),
    "memory of one hash, in KiB; in production at least 19456",
);
const HASH_ITERATIONS: Setting = Setting::new(
    "HASH_ITERATIONS",
    Written("2"),
    Allowed::whole(1, 32, "passes"),
    "passes over that memory; in production at least 2",
);
const HASH_PARALLELISM: Setting =
    Setting::new("HASH_PARALLELISM", Written("1"), Allowed::whole(1, 4, "lanes"), "lanes of one hash");
const HASH_BACKEND: Setting = Setting::new(
    "HASH_BACKEND",
    Written("auto"),
    Words(&["auto", "argon2"]),
    "auto takes the fastest one that passes its check at start; argon2 the reference",
);
const HASH_THREADS: Setting = Setting::new(
    "HASH_THREADS",
    Derived("the number of cores"),
    Allowed::whole(1, THREADS_MAX as u64, "threads"),
    "threads that hash",
);
// 1 TiB: the largest number of threads times the largest hash.
const HASH_MEMORY_BUDGET_MIB: Setting = Setting::new(
    "HASH_MEMORY_BUDGET_MIB",
    Derived("HASH_THREADS times HASH_MEMORY_KIB, and 128 MiB"),
    Allowed::whole(1, 1_048_576, "MiB"),
    "memory that all hashes together may take, in MiB; what the threads leave is for imported hashes",
);
// Below the 10 s that a whole request has.
const HASH_MAX_WAIT_MS: Setting = Setting::new(
    "HASH_MAX_WAIT_MS",
    Written("2000"),
    Allowed::whole(1, 9_000, "milliseconds"),
    "a login that would wait longer than this for its hash is refused with 503, in milliseconds",
);

pub(super) const SECTION: Section = Section {
    title: "Password hashing",
    introduction: "Argon2id. The defaults are the OWASP minimum, below which production does not start.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[
    HASH_MEMORY_KIB,
    HASH_ITERATIONS,
    HASH_PARALLELISM,
    HASH_BACKEND,
    HASH_THREADS,
    HASH_MEMORY_BUDGET_MIB,
    HASH_MAX_WAIT_MS,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashBackend {
    /// The fastest that passes its known-answer check.
    Auto,
    /// The reference implementation.
    Argon2,
}

#[derive(Clone, Debug)]
pub struct HashingSettings {
    /// Memory of one hash; at least 8 KiB a lane.
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
    pub backend: HashBackend,
    pub threads: u32,
    /// For all hashes together; at least one fits.
    pub memory_budget_mib: u32,
    /// The predicted wait above which a hash is refused.
    pub max_wait: Duration,
}

pub(super) fn read(reader: &mut Reader<'_>, environment: Environment) -> Result<HashingSettings, Noted> {
    let memory_kib: Result<u32, _> = reader.whole(&HASH_MEMORY_KIB);
    let iterations: Result<u32, _> = reader.whole(&HASH_ITERATIONS);
    let parallelism: Result<u32, _> = reader.whole(&HASH_PARALLELISM);
    let backend = reader.value(&HASH_BACKEND, backend);
    let threads = reader.optional_whole(&HASH_THREADS);
    let budget = reader.optional_whole(&HASH_MEMORY_BUDGET_MIB);
    let max_wait = reader.milliseconds(&HASH_MAX_WAIT_MS);
    if environment == Environment::Production {
        at_least(reader, &HASH_MEMORY_KIB, memory_kib, OWASP_MEMORY_KIB);
        at_least(reader, &HASH_ITERATIONS, iterations, OWASP_ITERATIONS);
    }
    if let (Ok(memory), Ok(lanes)) = (memory_kib, parallelism)
        && memory < lanes * MEMORY_KIB_A_LANE_MIN
    {
        let remedy = format!("must be at least {} for {lanes} lanes", lanes * MEMORY_KIB_A_LANE_MIN);
        reader.note(Mistake::new(HASH_MEMORY_KIB.name, format!("is {memory}"), remedy));
    }
    let one_hash_mib = memory_kib.map(|kib| kib.div_ceil(1024));
    if let (Ok(Some(budget)), Ok(needed)) = (budget, one_hash_mib)
        && budget < needed
    {
        let remedy = format!("must be at least {needed}, or not even one hash fits");
        reader.note(Mistake::new(HASH_MEMORY_BUDGET_MIB.name, format!("is {budget}"), remedy));
    }
    let (memory_kib, threads) = (memory_kib?, threads?.unwrap_or_else(cores));
    Ok(HashingSettings {
        memory_kib,
        iterations: iterations?,
        parallelism: parallelism?,
        backend: backend?,
        threads,
        memory_budget_mib: budget?.unwrap_or_else(|| whole_mib(threads, memory_kib) + FOREIGN_MIB),
        max_wait: max_wait?,
    })
}

fn at_least(reader: &mut Reader<'_>, setting: &Setting, value: Result<u32, Noted>, least: u32) {
    if let Ok(value) = value
        && value < least
    {
        let remedy = format!("must be at least {least} in production (the OWASP minimum)");
        reader.note(Mistake::new(setting.name, format!("is {value}"), remedy));
    }
}

fn backend(word: &str) -> Option<HashBackend> {
    match word {
        "auto" => Some(HashBackend::Auto),
        "argon2" => Some(HashBackend::Argon2),
        _ => None,
    }
}

/// What this process may use of the machine, as its affinity and cgroup say.
fn cores() -> u32 {
    available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(THREADS_MAX)).min(THREADS_MAX)
}

/// At most 256 × 4 GiB = 1 TiB, which in MiB fits by far.
fn whole_mib(threads: u32, memory_kib: u32) -> u32 {
    let mib = (u64::from(threads) * u64::from(memory_kib)).div_ceil(1024);
    u32::try_from(mib).unwrap_or(u32::MAX)
}
