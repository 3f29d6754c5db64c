//! One hashing thread: an engine, and the handlers that feed it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix::{Actor, Handler, SyncContext};
use secrecy::ExposeSecret as _;

use super::engine::Backend;
#[cfg(feature = "broken-controls")]
use super::messages::Disturb;
use super::messages::{EstimateStrength, HashError, HashPassword, Verdict, VerifyPassword};
use super::schemes::{self, Bench};
use super::settings::HashParams;
use super::spare::Spare;
use crate::actors::door::{Admitted, Refused};
use crate::domain::password::StoredHash;
use crate::domain::password::strength::{self, Strength};

/// The lowest priority that does not mean "only when idle" (`SCHED_IDLE`): the threads that serve HTTP come first, and
/// an idle machine hashes at full speed all the same.
#[cfg(target_os = "linux")]
const NICE: i32 = 19;

/// What every thread works by.
pub(super) struct Rules {
    pub params: HashParams,
    pub backend: Backend,
    /// Stands in for the hash of an account that does not exist.
    pub stand_in: StoredHash,
    pub spare: Arc<Spare>,
}

pub(super) struct Hasher {
    bench: Bench,
    rules: Arc<Rules>,
    _alive: AliveGuard,
}

impl Hasher {
    /// Makes the actor of the thread that it is called on.
    pub fn on_this_thread(rules: Arc<Rules>, alive: Alive) -> Self {
        lower_priority();
        let bench = Bench::new(rules.backend, rules.params.memory_kib, Arc::clone(&rules.spare));
        Self { bench, rules, _alive: AliveGuard(alive) }
    }

    fn verify(&mut self, password: &[u8], against: Option<&StoredHash>) -> Result<Verdict, HashError> {
        let stored = against.unwrap_or(&self.rules.stand_in);
        let equal = self.bench.matches(stored, password)?;
        if equal && against.is_some() {
            Ok(Verdict::Right { outdated: schemes::is_outdated(stored, self.rules.params) })
        } else {
            Ok(Verdict::Wrong)
        }
    }
}

impl Actor for Hasher {
    type Context = SyncContext<Self>;
}

impl Handler<Admitted<HashPassword>> for Hasher {
    type Result = Result<Result<String, HashError>, Refused>;

    fn handle(&mut self, request: Admitted<HashPassword>, _: &mut Self::Context) -> Self::Result {
        request.run(|HashPassword { password, ticket }| {
            let work = || self.bench.hash(self.rules.params, password.expose_secret().as_bytes());
            Ok(ticket.time(work)?.to_phc())
        })
    }
}

impl Handler<Admitted<VerifyPassword>> for Hasher {
    type Result = Result<Result<Verdict, HashError>, Refused>;

    fn handle(&mut self, request: Admitted<VerifyPassword>, _: &mut Self::Context) -> Self::Result {
        request.run(|VerifyPassword { password, against, ticket }| {
            ticket.time(|| self.verify(password.expose_secret().as_bytes(), against.as_ref()))
        })
    }
}

impl Handler<Admitted<EstimateStrength>> for Hasher {
    type Result = Result<Strength, Refused>;

    fn handle(&mut self, request: Admitted<EstimateStrength>, _: &mut Self::Context) -> Self::Result {
        request.run(|EstimateStrength { password, words, ticket }| {
            let estimated = strength::estimate(password.expose_secret(), &words);
            drop(ticket);
            estimated
        })
    }
}

#[cfg(feature = "broken-controls")]
impl Handler<Admitted<Disturb>> for Hasher {
    type Result = Result<(), Refused>;

    #[expect(clippy::panic, reason = "the control of the test that a thread outlives a panic")]
    fn handle(&mut self, request: Admitted<Disturb>, _: &mut Self::Context) -> Self::Result {
        request.run(|disturb| match disturb {
            Disturb::Panic => panic!("a hash that panics"),
            Disturb::Hold(span) => std::thread::sleep(span),
        })
    }
}

/// How many of the threads are alive. Counted down even when a thread ends by a panic that nobody caught.
#[derive(Clone)]
pub(super) struct Alive(Arc<AtomicU32>);

impl Alive {
    /// All are counted as alive from the start: they are about to be.
    pub fn new(threads: u32) -> Self {
        Self(Arc::new(AtomicU32::new(threads)))
    }

    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }
}

struct AliveGuard(Alive);

impl Drop for AliveGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// On Linux a nice value belongs to a thread, whatever POSIX says. Elsewhere it would slow the whole process, so there
/// the threads stay as they are.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::debug!(%error, "a hashing thread keeps its priority");
    }
}
