//! `keystead hash …`: what password hashing costs on this machine.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::configuration;
use super::exit::{Exit, Failure};
use super::node::hasher_settings;
use super::output::Output;
use crate::actors::hasher::calibration::{Calibrated, LEAST, Wish, calibrate};

const EXAMPLES: &str = "\
Examples:
  keystead hash calibrate                                      # a quarter of a second, 64 MiB for each thread
  keystead hash calibrate --target-ms 100 --memory-mib 256     # a tenth, and 256 MiB for all threads together

Run it on the machine that will hash, while nothing else runs there. It measures with HASH_THREADS threads at once and
with HASH_BACKEND, needs no database and changes nothing. Hashes that are there are made anew at the next sign-in.";

/// Unless `--memory-mib` says otherwise, for each thread: RFC 9106's second recommendation.
const MEMORY_MIB_A_THREAD: u32 = 64;
const MIB_KIB: u32 = 1024;

#[derive(Debug, Subcommand)]
pub enum Hash {
    /// Measure which costs of Argon2id fit a time and a memory, and print the settings for them
    Calibrate(Calibrate),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Calibrate {
    /// What one hash may take while all threads hash, in milliseconds
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    target_ms: u32,
    /// Memory for all threads together, in MiB; without it 64 for each
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    memory_mib: Option<u32>,
    #[command(flatten)]
    output: Output,
}

pub fn run(asked: Hash) -> Result<(), Failure> {
    match asked {
        Hash::Calibrate(asked) => calibrated(&asked),
    }
}

fn calibrated(asked: &Calibrate) -> Result<(), Failure> {
    let config = configuration::for_a_command(&configuration::surroundings())?;
    let settings = hasher_settings(&config.hashing);
    let threads = settings.threads;
    let memory_mib = asked.memory_mib.unwrap_or(threads.saturating_mul(MEMORY_MIB_A_THREAD));
    let least_mib = threads.saturating_mul(LEAST.memory_kib).div_ceil(MIB_KIB);
    if memory_mib < least_mib {
        let text = format!("--memory-mib is {memory_mib}; {threads} threads need {least_mib} at least");
        return Err(Failure::new(Exit::Mistake, text).hint("give it more, or set HASH_THREADS to fewer"));
    }
    let target = Duration::from_millis(asked.target_ms.into());
    let wish = Wish { target, threads, memory_kib: memory_mib.saturating_mul(MIB_KIB), backend: settings.backend };
    let found =
        calibrate(wish).map_err(|cause| Failure::new(Exit::Failure, format!("hashes cannot be measured: {cause}")))?;
    let Calibrated { params, threads, .. } = found;
    let millis = found.hash_time.as_secs_f64() * 1e3;
    let per_second = f64::from(threads) / found.hash_time.as_secs_f64();
    let used_mib = u64::from(threads) * u64::from(params.memory_kib) / u64::from(MIB_KIB);
    let json = json!({
        "settings": {
            "HASH_MEMORY_KIB": params.memory_kib,
            "HASH_ITERATIONS": params.iterations,
            "HASH_PARALLELISM": params.parallelism,
        },
        "threads": threads,
        "backend": found.backend,
        "hash_ms": millis,
        "target_ms": asked.target_ms,
        "is_within_target": found.is_within,
        "hashes_per_second": per_second,
        "memory_mib": used_mib,
    });
    let plain = format!(
        "# {threads} threads at once, {}: {millis:.0} ms a hash, {per_second:.1} hashes a second, {used_mib} MiB\n\
         HASH_MEMORY_KIB={}\nHASH_ITERATIONS={}\nHASH_PARALLELISM={}",
        found.backend, params.memory_kib, params.iterations, params.parallelism
    );
    asked.output.tell(&json, plain)?;
    if !found.is_within {
        asked.output.remark(format_args!(
            "# This machine does not do it within {} ms; these are the least costs that OWASP asks for.",
            asked.target_ms
        ))?;
    }
    Ok(())
}
