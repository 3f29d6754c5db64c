//! The only way to an actor: so many places, so much time.
//!
//! What actix leaves open is decided here, for every actor alike: `send` does not honour a mailbox's capacity, the
//! queue of a `SyncArbiter` is unbounded, and a handler that panics takes its actor along. A caller holds a place,
//! which travels inside the message and on into the work, so the bound is true even for callers that have left.
//! A request is never lost in silence: it is answered, or [`Refused`] says why not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Handler, MailboxError, Message, ResponseFuture};
use arc_swap::ArcSwapOption;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use super::latency::Latency;
use crate::domain::clock::Deadline;

/// Something that an actor can be asked for. (Not actix's `Message`, so nobody can send it around the door.)
pub trait Request: Send + 'static {
    type Reply: Send + 'static;
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Every place is taken.
    #[error("all places are taken")]
    Busy,
    /// The deadline passed first. The work may have been done all the same.
    #[error("the deadline passed")]
    Late,
    /// The actor is being drained, or has ended.
    #[error("the door is closed")]
    Closed,
    /// The work panicked; the actor lives on.
    #[error("the work panicked")]
    Panicked,
}

/// What a door has seen since it was opened.
#[derive(Debug, Default)]
pub struct Tally {
    pub asked: AtomicU64,
    pub busy: AtomicU64,
    pub late: AtomicU64,
    pub closed: AtomicU64,
    pub panicked: AtomicU64,
    /// How long those waited that were answered.
    pub took: Latency,
}

/// How a door is used, told at one moment.
#[derive(Clone, Copy, Debug)]
pub struct DoorLoad {
    pub places: u32,
    pub places_in_use: usize,
    pub asked: u64,
    pub busy: u64,
    pub late: u64,
    pub closed: u64,
    pub panicked: u64,
    pub p50: Option<Duration>,
    pub p99: Option<Duration>,
}

impl Tally {
    fn count(&self, refused: Refused) {
        let counter = match refused {
            Refused::Busy => &self.busy,
            Refused::Late => &self.late,
            Refused::Closed => &self.closed,
            Refused::Panicked => &self.panicked,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// A request that was let in. Its place falls when it is dropped, or when the work it was turned into has ended.
pub struct Admitted<M> {
    message: M,
    deadline: Deadline,
    place: OwnedSemaphorePermit,
}

impl<M: Request> Message for Admitted<M> {
    type Result = Result<M::Reply, Refused>;
}

impl<M: Request> Admitted<M> {
    /// For work that waits: runs it as a task of its own on the runtime's threads, so that it uses every core, cannot
    /// hold up the actor, and can panic alone. Work whose deadline has passed is not begun.
    pub fn spawn<F>(
        self,
        work: impl FnOnce(M, Deadline) -> F + Send + 'static,
    ) -> ResponseFuture<Result<M::Reply, Refused>>
    where
        F: Future<Output = M::Reply> + Send,
    {
        let Admitted { message, deadline, place } = self;
        if deadline.has_passed() {
            return Box::pin(async { Err(Refused::Late) });
        }
        let task = tokio::spawn(async move {
            let reply = work(message, deadline).await;
            drop(place);
            reply
        });
        Box::pin(async move { task.await.map_err(|_| Refused::Panicked) })
    }

    /// For work that computes: runs it here and now, on the actor's own thread, and catches its panic.
    pub fn run(self, work: impl FnOnce(M) -> M::Reply) -> Result<M::Reply, Refused> {
        if self.deadline.has_passed() {
            return Err(Refused::Late);
        }
        let message = self.message;
        // Unwind safe: the message is gone, and an actor that computes keeps nothing between two pieces of work but
        // memory that every one of them overwrites.
        catch_unwind(AssertUnwindSafe(|| work(message))).map_err(|_| Refused::Panicked)
    }
}

/// The way to one actor. Clones lead through the same door.
pub struct Door<A: Actor> {
    /// Empty after a drain: an actor ends when its last address is gone, whoever still holds a clone of its door.
    addr: Arc<ArcSwapOption<Addr<A>>>,
    places: Arc<Semaphore>,
    capacity: u32,
    patience: Duration,
    closing: Arc<AtomicBool>,
    tally: Arc<Tally>,
}

impl<A: Actor> Clone for Door<A> {
    fn clone(&self) -> Self {
        Self {
            addr: Arc::clone(&self.addr),
            places: Arc::clone(&self.places),
            capacity: self.capacity,
            patience: self.patience,
            closing: Arc::clone(&self.closing),
            tally: Arc::clone(&self.tally),
        }
    }
}

impl<A: Actor> Door<A> {
    /// `capacity`: how many requests may be inside at once. `patience`: how long one of them may take at most.
    pub fn new(addr: Addr<A>, capacity: u32, patience: Duration) -> Self {
        let places = Arc::new(Semaphore::new(capacity as usize));
        let addr = Arc::new(ArcSwapOption::from_pointee(addr));
        Self { addr, places, capacity, patience, closing: Arc::default(), tally: Arc::default() }
    }

    /// A door that nobody is behind: whoever asks is told that it is closed.
    pub fn shut() -> Self {
        Self {
            addr: Arc::default(),
            places: Arc::new(Semaphore::new(0)),
            capacity: 0,
            patience: Duration::ZERO,
            closing: Arc::new(AtomicBool::new(true)),
            tally: Arc::default(),
        }
    }

    /// Asks, and waits for the answer until `deadline` or for the door's patience, whichever is shorter.
    ///
    /// # Errors
    /// [`Refused`]; after `Late` the work may still happen.
    pub async fn ask<M>(&self, message: M, deadline: Deadline) -> Result<M::Reply, Refused>
    where
        M: Request,
        A: Handler<Admitted<M>>,
        A::Context: ToEnvelope<A, Admitted<M>>,
    {
        self.tally.asked.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let answer = self.enter(message, deadline.at_most(self.patience)).await;
        match &answer {
            Ok(_) => self.tally.took.note(began.elapsed()),
            Err(refused) => self.tally.count(*refused),
        }
        answer
    }

    async fn enter<M>(&self, message: M, deadline: Deadline) -> Result<M::Reply, Refused>
    where
        M: Request,
        A: Handler<Admitted<M>>,
        A::Context: ToEnvelope<A, Admitted<M>>,
    {
        if self.closing.load(Ordering::Acquire) {
            return Err(Refused::Closed);
        }
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|refusal| match refusal {
            TryAcquireError::NoPermits => Refused::Busy,
            TryAcquireError::Closed => Refused::Closed,
        })?;
        let addr = self.addr.load_full().ok_or(Refused::Closed)?;
        let request = addr.send(Admitted { message, deadline, place });
        match tokio::time::timeout_at(deadline.instant().into(), request).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(MailboxError::Closed | MailboxError::Timeout)) => Err(Refused::Closed),
            Err(_) => Err(Refused::Late),
        }
    }

    /// Counts a request that was refused before it reached the door.
    pub fn turn_away(&self, why: Refused) -> Refused {
        self.tally.asked.fetch_add(1, Ordering::Relaxed);
        self.tally.count(why);
        why
    }

    /// Lets nobody in any more, waits until everybody has left, and lets the actor end.
    pub async fn drain(&self) {
        self.closing.store(true, Ordering::Release);
        // `Err` means that another drain came first and has closed the places for good.
        if self.places.acquire_many(self.capacity).await.is_ok() {
            self.places.close();
        }
        self.addr.store(None);
    }

    pub fn is_open(&self) -> bool {
        let is_there = self.addr.load().as_ref().is_some_and(|addr| addr.connected());
        is_there && !self.closing.load(Ordering::Acquire)
    }

    pub fn places_in_use(&self) -> usize {
        (self.capacity as usize).saturating_sub(self.places.available_permits())
    }

    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    pub fn load(&self) -> DoorLoad {
        let Tally { asked, busy, late, closed, panicked, took } = &*self.tally;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DoorLoad {
            places: self.capacity,
            places_in_use: self.places_in_use(),
            asked: count(asked),
            busy: count(busy),
            late: count(late),
            closed: count(closed),
            panicked: count(panicked),
            p50: took.percentile(50),
            p99: took.percentile(99),
        }
    }
}

/// For tests: a request whose work panics, at every actor that waits. Nothing may come of it but `Refused::Panicked`.
#[cfg(feature = "broken-controls")]
pub struct PanicOnPurpose;

#[cfg(feature = "broken-controls")]
impl Request for PanicOnPurpose {
    type Reply = ();
}

#[cfg(feature = "broken-controls")]
macro_rules! panics_on_purpose {
    ($actor:ty) => {
        impl actix::Handler<$crate::actors::door::Admitted<$crate::actors::door::PanicOnPurpose>> for $actor {
            type Result = actix::ResponseFuture<Result<(), $crate::actors::door::Refused>>;

            fn handle(
                &mut self,
                asked: $crate::actors::door::Admitted<$crate::actors::door::PanicOnPurpose>,
                _: &mut Self::Context,
            ) -> Self::Result {
                asked.spawn(|_, _| async { panic!("on purpose") })
            }
        }
    };
}
#[cfg(feature = "broken-controls")]
pub(crate) use panics_on_purpose;
