//! What the hasher is told at its start, and what follows from it.

use std::time::Duration;

use super::engine::EngineError;
use super::messages::HashError;
use crate::domain::password::StoredHash;

pub use crate::domain::password::stored_hash::{HashParams, MAX_LANES, MAX_MEMORY_KIB, MAX_PASSES};

/// The most threads: no machine this runs on has more cores, and each holds the memory of one hash.
const MAX_THREADS: u32 = 256;

/// Which implementation computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HashBackend {
    /// The fast one, if it is built in and passes its tests at the start; else the reference.
    #[default]
    Auto,
    /// The reference: crate `argon2`.
    Argon2,
}

/// The hasher's settings, as the operator writes them.
#[derive(Clone, Copy, Debug)]
pub struct HasherSettings {
    pub params: HashParams,
    pub backend: HashBackend,
    /// Threads that hash; 0 counts as 1.
    pub threads: u32,
    /// The most memory for hashing in all; `None` is threads × memory.
    pub memory_budget_mib: Option<u32>,
    /// The predicted wait above which a request is refused.
    pub max_wait: Duration,
}

/// Why the hasher cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    #[error(
        "argon2 parameters m={}, t={}, p={} are outside the limits (m from 8 KiB a lane to 4 GiB, t up to \
         {MAX_PASSES}, p up to {MAX_LANES})",
        .0.memory_kib, .0.iterations, .0.parallelism
    )]
    Parameters(HashParams),
    #[error("the first hash failed")]
    FirstHash(#[from] EngineError),
    #[error("the hasher was started outside an actix system")]
    NoSystem,
}

/// How many threads, and how much memory they share besides what each keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub threads: u32,
    pub spare_kib: u32,
}

impl HasherSettings {
    /// KiB that one stored hash may take: what a dump holds above this nobody could sign in with.
    ///
    /// # Errors
    /// [`HasherError::Parameters`].
    pub fn largest_hash_kib(&self) -> Result<u32, HasherError> {
        Ok(Limits::of(self.params, self.plan()?.spare_kib).memory_kib)
    }

    /// Threads = min(what is configured, budget ÷ memory of one hash), and never none. What they leave of the budget is
    /// for stored hashes that take more memory than the current parameters.
    pub(super) fn plan(&self) -> Result<Plan, HasherError> {
        let params = self.params;
        if !params.are_valid()
            || params.memory_kib > MAX_MEMORY_KIB
            || params.iterations > MAX_PASSES
            || params.parallelism > MAX_LANES
        {
            return Err(HasherError::Parameters(params));
        }
        let wanted = self.threads.clamp(1, MAX_THREADS);
        let Some(budget_kib) = self.memory_budget_mib.map(|mib| mib.saturating_mul(1024)) else {
            return Ok(Plan { threads: wanted, spare_kib: 0 });
        };
        let threads = wanted.min(budget_kib / params.memory_kib).max(1);
        if budget_kib < params.memory_kib {
            tracing::warn!(budget_kib, memory_kib = params.memory_kib, "one hash alone is over the memory budget");
        } else if threads < wanted {
            tracing::warn!(threads, wanted, budget_kib, "the memory budget allows fewer hashing threads than wanted");
        }
        let spare_kib = budget_kib.saturating_sub(threads.saturating_mul(params.memory_kib));
        Ok(Plan { threads, spare_kib })
    }
}

/// What a stored hash may ask for at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub current: HashParams,
    pub memory_kib: u32,
}

impl Limits {
    /// A thread's own memory, and all that is to spare.
    pub(super) fn of(current: HashParams, spare_kib: u32) -> Self {
        Self { current, memory_kib: current.memory_kib.saturating_add(spare_kib).min(MAX_MEMORY_KIB) }
    }

    pub(super) fn parse(self, text: &str) -> Result<StoredHash, HashError> {
        let stored = StoredHash::parse(text)?;
        let (needed_kib, allowed_kib) = (stored.memory_kib(), self.memory_kib);
        if needed_kib > allowed_kib { Err(HashError::TooLarge { needed_kib, allowed_kib }) } else { Ok(stored) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(threads: u32, memory_kib: u32, memory_budget_mib: Option<u32>) -> HasherSettings {
        let params = HashParams { memory_kib, iterations: 2, parallelism: 1 };
        HasherSettings {
            params,
            backend: HashBackend::Auto,
            threads,
            memory_budget_mib,
            max_wait: Duration::from_secs(2),
        }
    }

    #[test]
    fn the_budget_bounds_the_threads_but_never_to_none() {
        let plan = |threads, memory, budget| settings(threads, memory, budget).plan().unwrap();
        assert_eq!(plan(4, 19_456, None), Plan { threads: 4, spare_kib: 0 });
        assert_eq!(plan(8, 19_456, Some(64)), Plan { threads: 3, spare_kib: 65_536 - 3 * 19_456 });
        assert_eq!(plan(8, 19_456, Some(1)), Plan { threads: 1, spare_kib: 0 });
        assert_eq!(plan(0, 8, None).threads, 1);
        assert_eq!(Limits::of(settings(1, 8, None).params, u32::MAX).memory_kib, MAX_MEMORY_KIB);
    }

    #[test]
    fn parameters_outside_the_limits_are_refused() {
        let refused = |memory_kib, iterations, parallelism| {
            let mut settings = settings(1, memory_kib, None);
            settings.params = HashParams { memory_kib, iterations, parallelism };
            matches!(settings.plan(), Err(HasherError::Parameters(_)))
        };
        assert!(refused(7, 1, 1) && refused(8, 0, 1) && refused(8, 1, 0) && refused(15, 1, 2));
        assert!(refused(8, MAX_PASSES + 1, 1) && refused(u32::MAX, 1, 1) && refused(1_024, 1, MAX_LANES + 1));
        assert!(!refused(16, 1, 2));
    }
}
